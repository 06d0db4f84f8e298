import { createHash } from "node:crypto";
import { hostname } from "node:os";
import { type Api, storePath } from "@/bin/cli/api";
import { CliError } from "@/bin/cli/cli-error";
import { exitCode } from "@/bin/cli/exit-code";

/** What an import is, for its run. */
export type ImportAbout = {
  readonly name: string;
  readonly unit: "lines" | "rows";
  readonly tenant: string | undefined;
  readonly reason: string | undefined;
  readonly ticket: string | undefined;
  /** Settle all lines anew: where the beginning cannot be read a second time, or is another than the one sent before. */
  readonly fresh: boolean;
};

/** A line that an import did not store. */
export type RefusedLine = { readonly line: number; readonly reason: string; readonly message: string };

/** Where the run stood when it was begun or taken up. */
type Begun = {
  readonly lines: number;
  readonly digest: string | null;
  /** Of the settled lines: without anything in them, and refused. */
  readonly blank: number;
  readonly refused: number;
};

/** The run of an import, as its sender holds it. Each call waits while operators have it paused. */
export type ImportRun = {
  readonly id: string;
  readonly begun: Begun;
  /** Lines a second that operators allow; null without a limit. As of the last part. */
  readonly throttle: () => number | null;
  /** Sends lines that follow the first `after`; resolves with the API's answer. */
  readonly send: (after: number, part: { readonly body: string; readonly query: Query }) => Promise<PartAnswer>;
  /** The lines before the ones that this sitting sends that were refused, by their place. */
  readonly refusedBefore: () => Promise<readonly RefusedLine[]>;
  /** Ends it after all of its lines. */
  readonly finish: (lines: number) => Promise<void>;
  /** Says that no more will come for now; never throws, for silence says the same a little later. */
  readonly leave: (lines: number) => Promise<void>;
};

type Query = Readonly<Record<string, string | number | undefined>>;

/** What became of a part. */
type PartAnswer = {
  readonly appended: number;
  readonly duplicates: number;
  readonly refused: readonly RefusedLine[];
  readonly firstPosition: string | null;
  readonly lastPosition: string | null;
  readonly run: { readonly state: string; readonly throttle: number | null };
};

/** How a sender waits. `paused` is called when operators pause the run; an abort of `signal` ends the waiting by throwing. */
export type Patience = { readonly signal: AbortSignal; readonly paused: (run: string) => void };

/**
 * Begins the run of a file, or goes on with it: `beginning` is the text of its first lines, by which it is known again.
 * Throws `CliError` when somebody has cancelled it or sends the same file on.
 */
export async function beginImportRun(
  api: Api,
  about: ImportAbout,
  beginning: string,
  patience: Patience,
): Promise<ImportRun> {
  const { tenant = null, ...rest } = about;
  const fingerprint = createHash("sha256")
    .update(JSON.stringify([tenant, beginning]))
    .digest("hex");
  const sender = `${hostname()}, process ${process.pid}`;
  const begin = async (fresh: boolean) => {
    const body = JSON.stringify({ ...rest, fingerprint, sender, fresh });
    const answer = await api.ask({ method: "POST", path: storePath("imports"), body });
    return answer.json() as Begun & {
      readonly run: { readonly id: string; readonly throttle: number | null };
      epoch: string;
    };
  };
  const first = await waiting(api, patience, () => begin(about.fresh));
  const { id } = first.run;
  let { epoch } = first;
  let { throttle } = first.run;
  /** A run that was paused has a new epoch when it goes on. */
  const held = <T>(ask: () => Promise<T>): Promise<T> =>
    waiting(api, patience, ask, async () => {
      const again = await begin(false);
      if (again.run.id !== id) throw gone(id);
      epoch = again.epoch;
    });
  const end = async (how: "finished" | "interrupted", lines: number): Promise<void> => {
    const path = storePath("imports", id, "end");
    await api.ask({ method: "POST", path, body: JSON.stringify({ epoch, end: how, lines }) });
  };
  return {
    id,
    begun: first,
    throttle: () => throttle,
    send: (after, { body, query }) =>
      held(async () => {
        const answer = await api.ask({
          method: "POST",
          path: storePath("import"),
          query: { ...query, tenant: about.tenant, run: id, epoch, after },
          contentType: "application/x-ndjson",
          body,
        });
        const stored = answer.json() as PartAnswer;
        throttle = stored.run.throttle;
        return stored;
      }),
    refusedBefore: () => refusedOf(api, id),
    finish: (lines) => held(() => end("finished", lines)),
    leave: (lines) => end("interrupted", lines).catch(() => undefined),
  };
}

const LOOK_MS = 1_000;

/** Asks; where the answer is that the run is paused, waits until it goes on, calls `goesOn` and asks again. */
async function waiting<T>(
  api: Api,
  { signal, paused }: Patience,
  ask: () => Promise<T>,
  goesOn: () => Promise<void> = async () => undefined,
): Promise<T> {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      const run = pausedRun(error);
      if (run === undefined) throw error;
      paused(run);
      while ((await stateOf(api, run)) === "paused" && !signal.aborted) await rest(LOOK_MS, signal);
      signal.throwIfAborted();
      if (["succeeded", "failed", "cancelled", "cancelling"].includes(await stateOf(api, run))) throw gone(run);
      await goesOn();
    }
  }
}

function pausedRun(error: unknown): string | undefined {
  if (!(error instanceof CliError) || error.facts.code !== "conflict" || error.facts.state !== "paused")
    return undefined;
  return String(error.facts.run);
}

async function stateOf(api: Api, run: string): Promise<string> {
  const answer = await api.ask({ path: storePath("runs", run), query: { lines: 1 } });
  return (answer.json() as { readonly state: string }).state;
}

function gone(run: string): CliError {
  return new CliError(
    exitCode.data,
    `Run ${run} has ended. What it had stored stays.`,
    `See \`tidemark runs ${run}\`.`,
    {
      ...{ code: "conflict", run },
    },
  );
}

async function refusedOf(api: Api, run: string): Promise<readonly RefusedLine[]> {
  const all: RefusedLine[] = [];
  for (let after: string | null = "0"; after !== null; ) {
    const answer = await api.ask({ path: storePath("imports", run, "refused"), query: { after, limit: 500 } });
    const page = answer.json() as {
      refused: readonly { line: string; reason: string; message: string }[];
      next: string | null;
    };
    all.push(...page.refused.map((one) => ({ ...one, line: Number(one.line) })));
    after = page.next;
  }
  return all;
}

/** Rests `ms`, or less when `signal` is aborted. */
export function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
  });
}
