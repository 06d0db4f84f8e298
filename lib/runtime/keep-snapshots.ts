import { pollLoop } from "@/lib/db/poll-loop";
import type { Tidemark } from "@/lib/runtime/tidemark";
import { followLog } from "@/lib/snapshots/follow-log";
import type { SnapshotPlan } from "@/lib/snapshots/snapshot";
import { streamAfter } from "@/lib/snapshots/verify-category";
import { holdDuty } from "@/lib/subscriptions/hold-duty";
import type { Logger } from "@/lib/telemetry/logger";

const DUTY_MS = 10_000;
/** How many streams of each category are verified when a worker takes the duty. */
const SAMPLES = 3;

/**
 * Takes snapshots where nobody loads, while this worker has the duty: it follows the log for the streams that became due.
 * First it verifies a few that stand there, so that a changed `evolve` whose `stateVersion` was forgotten shows itself
 * soon after its deployment. Resolves when `signal` is aborted; never throws.
 */
export async function keepSnapshots(
  { pool, snapshots, catalog }: Tidemark,
  { owner, signal, log }: { readonly owner: string; readonly signal: AbortSignal; readonly log: Logger },
): Promise<void> {
  const plans = catalog.modules
    .flatMap(({ deciders }) => deciders)
    .flatMap(({ category }) => snapshots.plan(category) ?? []);
  if (plans.length === 0) return;
  let sampled = false;

  const sample = async ({ decider: { category } }: SnapshotPlan) => {
    for (let at = 0; at < SAMPLES && !signal.aborted; at++) {
      // A random place among the names; the first one after the last is the first again.
      const place = `${category}-${Math.random().toString(36).slice(2, 4)}`;
      const stream = (await streamAfter(pool, category, place)) ?? (await streamAfter(pool, category, ""));
      if (stream === undefined) return;
      const { wrong } = await snapshots.verify(stream, { signal });
      if (wrong.length > 0)
        log.error({ stream, category, wrong: wrong.length }, "snapshots are not what the fold gives");
    }
  };
  await pollLoop({
    signal,
    idleMs: 1_000,
    busyMs: 50,
    errorMs: 1_000,
    maxErrorMs: 60_000,
    onError: (error) => log.warn({ err: error }, "keeping snapshots; trying again"),
    work: async () => {
      if (!(await holdDuty(pool, "snapshots", owner, DUTY_MS))) return false;
      if (!sampled) {
        sampled = true;
        for (const plan of plans) await sample(plan);
      }
      let more = false;
      for (const plan of plans) more = (await followLog({ pool, snapshots, log }, plan, signal)) || more;
      return more;
    },
  });
}
