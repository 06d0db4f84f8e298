import type pg from "pg";
import { pollLoop } from "@/lib/db/poll-loop";
import { executeRun } from "@/lib/runs/execute-run";
import { leaveSilentFeeds } from "@/lib/runs/fed-run";
import { HeldRun } from "@/lib/runs/held-run";
import { isExecuted, type RunKind } from "@/lib/runs/run";
import { claimRun, failHopeless, keepRuns } from "@/lib/runs/run-lease";
import { sampleRuns } from "@/lib/runs/run-samples";
import type { Logger } from "@/lib/telemetry/logger";

/** What a worker needs to carry out runs. */
export type RunExecutor = {
  readonly pool: pg.Pool;
  readonly kinds: readonly RunKind[];
  readonly worker: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
};

/** Runs that one worker has in its hands at once; those that await a decision do not count. */
const AT_ONCE = 2;
const TICK_MS = 400;
const SAMPLE_MS = 2_000;

/**
 * Takes up runs of the given kinds and keeps them until `signal` is aborted; then leaves each at its checkpoint and gives
 * it back. Fed runs of which nothing comes any more are left waiting. Resolves when that is done. Outages of the database
 * are waited out.
 */
export async function executeRuns({ pool, kinds, worker, signal, log }: RunExecutor): Promise<void> {
  const held = new Map<bigint, { readonly run: HeldRun; readonly ended: Promise<void> }>();
  const byName = new Map(kinds.filter(isExecuted).map((kind) => [kind.kind, kind]));
  const names = [...byName.keys()];
  const fed = kinds.filter((kind) => !isExecuted(kind)).map(({ kind }) => kind);
  let sampledAt = 0;
  let awaiting = 0;

  const start = async (): Promise<boolean> => {
    const claimed = await claimRun(pool, worker, names);
    const kind = claimed && byName.get(claimed.kind);
    if (!claimed || !kind) return false;
    const run = new HeldRun(pool, claimed);
    const ended = executeRun(pool, kind, run)
      .catch((error: unknown) => log.warn({ err: error, run: String(run.id) }, "a run waits for the database"))
      .finally(() => {
        run.stop("lost");
        held.delete(run.id);
      });
    held.set(run.id, { run, ended });
    log.info({ run: String(run.id), kind: kind.kind, epoch: String(run.epoch) }, "run taken up");
    return true;
  };

  const beat = async (): Promise<void> => {
    const runs = [...held.values()].map(({ run }) => run);
    const beats = new Map((await keepRuns(pool, runs)).map((one) => [one.id, one]));
    awaiting = [...beats.values()].filter(({ state }) => state === "awaiting-decision").length;
    for (const run of runs) {
      const found = beats.get(run.id);
      if (found) run.heed(found);
      else run.stop("lost");
    }
    await Promise.all(runs.filter((run) => beats.has(run.id)).map((run) => run.flush().catch(() => undefined)));
    if (performance.now() - sampledAt < SAMPLE_MS) return;
    sampledAt = performance.now();
    await sampleRuns(pool, runs);
    await failHopeless(pool, names);
    await leaveSilentFeeds(pool, fed);
  };

  if (kinds.length > 0) {
    await pollLoop({
      signal,
      idleMs: TICK_MS,
      errorMs: 200,
      maxErrorMs: 1_000,
      onError: (error) => log.warn({ err: error }, "runs could not be kept; trying again"),
      work: async () => {
        await beat();
        while (held.size - awaiting < AT_ONCE && !signal.aborted && (await start()));
        return false;
      },
    });
  }
  for (const { run } of held.values()) run.stop("worker-stops");
  await Promise.all([...held.values()].map(({ ended }) => ended));
}
