import pg from "pg";
import { createWake, pollLoop } from "@/lib/db/poll-loop";
import { clientConfig } from "@/lib/db/pool";

/** What to listen to. `onConnect` runs after every (re)connection: whatever was announced before it is lost. */
export type Listener = {
  readonly url: string;
  readonly channel: string;
  readonly signal: AbortSignal;
  readonly onMessage: (payload: string) => void;
  readonly onConnect: () => void;
  readonly onError?: (error: unknown) => void;
};

const PING_EVERY_MS = 10_000;
const PING_PATIENCE_MS = 5_000;

/**
 * Listens on one connection of its own until `signal` is aborted, and reconnects with back-off for as long as it takes.
 * Messages are hints: they can be lost, so a caller polls as well. Needs a direct connection, not a transaction pooler.
 */
export async function listen(listener: Listener): Promise<void> {
  await pollLoop({
    signal: listener.signal,
    idleMs: 100,
    errorMs: 100,
    maxErrorMs: 2_000,
    onError: listener.onError ?? (() => undefined),
    work: () => listenOnce(listener),
  });
}

/** Resolves with false when the signal ends it; throws when the connection breaks. */
async function listenOnce({ url, channel, signal, onMessage, onConnect }: Listener): Promise<boolean> {
  const client = new pg.Client(clientConfig({ url, role: null, applicationName: "tidemark listener" }));
  const ended = createWake();
  let failure: Error | undefined;
  const fail = (error?: Error) => {
    failure ??= error ?? new Error("The listening connection was closed.");
    ended.wake();
  };
  client.on("error", fail);
  client.on("end", () => fail());
  client.on("notification", (message) => onMessage(message.payload ?? ""));
  try {
    await client.connect();
    await client.query(`listen ${client.escapeIdentifier(channel)}`);
    onConnect();
    while (!failure && !signal.aborted) {
      await ended.wait(PING_EVERY_MS, signal);
      if (!failure && !signal.aborted) await withPatience(client.query("select 1"));
    }
    if (failure && !signal.aborted) throw failure;
    return false;
  } finally {
    client.removeAllListeners("end");
    await withPatience(client.end()).catch(() => undefined);
  }
}

/** A peer that vanished without a word would keep a query waiting for minutes. */
async function withPatience<T>(answer: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, refuse) => {
    timer = setTimeout(() => refuse(new Error("The database did not answer in time.")), PING_PATIENCE_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
