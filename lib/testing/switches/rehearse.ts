import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import type { FoldProjection } from "@/lib/define";
import { promoteGeneration } from "@/lib/projections/rebuild/promote-generation";
import { type RebuildInput, rebuildClaim, rebuildRun } from "@/lib/projections/rebuild/rebuild-run";
import { retire } from "@/lib/projections/rebuild/retire-generation";
import { createRun } from "@/lib/runs/create-run";
import { eventually } from "@/lib/testing/eventually";
import type { Random } from "@/lib/testing/proof/random";
import type { WorkerProcess, WorkerProcesses } from "@/lib/testing/worker-processes";

/** What is rebuilt and switched, and how much of it. */
export type Rehearsal = {
  readonly pool: pg.Pool;
  readonly catalog: Catalog;
  readonly projection: FoldProjection;
  readonly workers: WorkerProcesses;
  readonly random: Random;
  readonly say: (line: string) => void;
};

const STEPS = [
  ...["rebuild.before-switch", "rebuild.after-switch", "rebuild.before-drop", "rebuild.after-drop"],
  ...["run.after-claim", "run.before-checkpoint", "run.before-commit", "run.after-commit", "run.before-end"],
];
const WORKERS = 2;
const DEADLINE_MS = 120_000;

/**
 * Rebuilds again and again, all of it or a part, promoted by themselves, while the workers that carry them out are killed:
 * at a time, or at a step. Returns how many rebuilds there were when so many workers were killed.
 */
export async function killDuringRebuilds(rehearsal: Rehearsal, kills: number): Promise<number> {
  const { pool, workers, random, say } = rehearsal;
  const running = new Set<WorkerProcess>();
  let killed = 0;
  let rebuilds = 0;
  while (killed < kills) {
    while (running.size < WORKERS) running.add(armed(workers, random));
    const id = await begin(rehearsal);
    rebuilds += 1;
    await eventually(
      async () => {
        while (running.size < WORKERS) running.add(armed(workers, random));
        const { rows } = await pool.query<{ state: string; owner: string | null; error: string | null }>(
          "select state, owner, error::text as error from runs where id = $1",
          [id],
        );
        const [run] = rows;
        if (run?.state === "succeeded") return true;
        if (run?.state === "failed") throw new Error(`rebuild ${id} failed: ${run.error}`);
        const victim = [...running].find(({ child }) => run?.owner?.includes(`-${child.pid}-`));
        if (victim && killed < kills && random.chance(0.05)) victim.child.kill("SIGKILL");
        for (const one of running) {
          if (one.child.exitCode === null && one.child.signalCode === null) continue;
          running.delete(one);
          if (one.child.exitCode !== null) throw new Error(`a worker ended by itself: ${one.output().slice(-2_000)}`);
          killed += 1;
        }
        return false;
      },
      { deadlineMs: DEADLINE_MS, everyMs: 30, what: `rebuild ${id} to end` },
    );
    await retireOld(rehearsal);
    say(`${killed} of ${kills} killed in ${rebuilds} rebuilds`);
  }
  for (const one of running) one.child.kill("SIGKILL");
  await Promise.all([...running].map(({ exited }) => exited));
  return rebuilds;
}

/** Most workers die at a step of their own accord, the others when they are found at work. */
function armed(workers: WorkerProcesses, random: Random): WorkerProcess {
  if (random.chance(0.4)) return workers.start();
  return workers.start({ TIDEMARK_FAILPOINT: `${random.pick(STEPS)}:${random.whole(1, 2)}` });
}

async function begin({ pool, catalog, projection, random }: Rehearsal): Promise<bigint> {
  const { name, version } = projection;
  const from = random.whole(0, 1_023);
  const scope = random.chance(0.5) ? ({ kind: "slices", from, to: random.whole(from + 1, 1_024) } as const) : undefined;
  const input: RebuildInput = { projection: name, version, promote: "when-caught-up", ...(scope ? { scope } : {}) };
  return await inTransaction(pool, (client) =>
    createRun(client, rebuildRun(pool, [projection], catalog), {
      ...{ subject: name, claim: rebuildClaim(name, version), input, requestedBy: "rehearsal" },
    }),
  );
}

/** Only the one that serves and the newest kept one stay. */
async function retireOld({ pool, projection }: Rehearsal): Promise<void> {
  const { rows } = await pool.query<{ generation: number }>(
    "select generation from consumer_generations where consumer = $1 and state = 'kept' order by live_at desc offset 1",
    [projection.name],
  );
  for (const { generation } of rows) await retire(pool, projection, generation);
}

/** Promotes the kept generation and goes back, so many times; one that is behind is waited for. Returns the refusals. */
export async function switchToAndFro({ pool, projection, workers, say }: Rehearsal, switches: number): Promise<number> {
  const worker = workers.start();
  await worker.ready;
  let refused = 0;
  for (let done = 0; done < switches; done++) {
    await eventually(
      async () => {
        const { rows } = await pool.query<{ generation: number }>(
          "select generation from consumer_generations where consumer = $1 and state = 'kept' order by live_at desc limit 1",
          [projection.name],
        );
        await promoteGeneration(pool, projection, rows[0]?.generation ?? 0).catch((error: unknown) => {
          refused += 1;
          throw error;
        });
        return true;
      },
      { deadlineMs: DEADLINE_MS, what: `switch ${done + 1}` },
    );
    if ((done + 1) % 20 === 0) say(`${done + 1} of ${switches} switches`);
  }
  return refused;
}
