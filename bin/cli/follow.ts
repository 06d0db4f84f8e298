import { type Api, storePath } from "@/bin/cli/api";
import { CliError } from "@/bin/cli/cli-error";
import { exitCode } from "@/bin/cli/exit-code";
import { type Frame, readFrames } from "@/bin/cli/read-frames";

/** What is followed. `after` is a position; without it, what comes from now on. */
export type Following = {
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly after: string | undefined;
  readonly signal: AbortSignal;
  /** Told once when the connection is lost, and once when it is back. */
  readonly onTrouble: (text: string) => void;
};

/**
 * The log as it grows, each event once and in order. A lost connection is taken up again where it broke, for as long as it
 * takes; only the first one must succeed. Ends quietly when `signal` aborts; throws `CliError` for a request that is refused.
 */
export async function* follow(api: Api, { query, after, signal, onTrouble }: Following): AsyncGenerator<Frame> {
  let last = after ?? (await mark(api, signal));
  let everOpen = false;
  let lost = false;
  for (let rest = REST_MIN_MS; !signal.aborted; rest = Math.min(rest * 2, REST_MAX_MS)) {
    try {
      const response = await api.open({
        path: storePath("live"),
        query: { ...query, after: last },
        headers: { accept: "text/event-stream", "last-event-id": last },
        signal,
      });
      everOpen = true;
      if (lost) onTrouble("Connected again.");
      lost = false;
      for await (const frame of readFrames(response, { silenceMs: SILENCE_MS, signal })) {
        rest = REST_MIN_MS;
        if (frame.id !== undefined) last = frame.id;
        if (frame.event === "event") yield frame;
      }
    } catch (error) {
      if (signal.aborted) return;
      if (!everOpen || isRefusal(error)) throw error;
    }
    if (signal.aborted) return;
    if (!lost) onTrouble(`The connection was lost after position ${last}; trying again.`);
    lost = true;
    await pause(rest, signal);
  }
}

const REST_MIN_MS = 250;
const REST_MAX_MS = 5_000;
/** The server sends a heartbeat far more often. */
const SILENCE_MS = 60_000;

/** Where "from now on" begins: without a position, what comes while the connection is away would be missed. */
async function mark(api: Api, signal: AbortSignal): Promise<string> {
  const page = await api.ask({ path: storePath("events"), query: { limit: 1 }, signal });
  const { highWater } = page.json() as { highWater: unknown };
  return String(highWater);
}

function isRefusal(error: unknown): boolean {
  return error instanceof CliError && error.exitCode !== exitCode.unavailable && error.exitCode !== exitCode.tryAgain;
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
