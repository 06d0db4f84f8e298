import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import type { FoldProjection } from "@/lib/define";
import { promoteGeneration } from "@/lib/projections/rebuild/promote-generation";
import { type RebuildInput, rebuildClaim, rebuildRun } from "@/lib/projections/rebuild/rebuild-run";
import { retire } from "@/lib/projections/rebuild/retire-generation";
import { createRun } from "@/lib/runs/create-run";
import { resumeRun } from "@/lib/runs/steer-run";
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
/** How likely whoever works on the run is killed at a look, 30 ms after the last: early steps are met by haste, late ones by patience. */
const HASTE = [0.05, 0.02, 0.005];
const LOOK_MS = 30;
/** Ten losses of a run, each noticed when its lease has run out, take their time; and it is resumed some times. */
const REBUILD_DEADLINE_MS = 400_000;
/** A rebuild that is not through by then does not come through, however often it is resumed. */
const RESUMED_MAX = 5;

/** What was done until so many workers were killed. */
export type KilledRebuilds = {
  readonly killed: number;
  readonly rebuilds: number;
  /** How often a rebuild was given up, because each of ten workers was killed before it had finished a step, and was resumed. */
  readonly resumed: number;
};

/**
 * Rebuilds again and again, all of it or a part, promoted by themselves, while the workers that carry them out are killed:
 * at a time, or at a step. It kills faster than a run bears: one that is given up for that, and for nothing else, is resumed as an
 * operator would, and then has to come to the same end.
 */
export async function killDuringRebuilds(rehearsal: Rehearsal, kills: number): Promise<KilledRebuilds> {
  const { pool, workers, random, say } = rehearsal;
  const running = new Set<WorkerProcess>();
  let killed = 0;
  let rebuilds = 0;
  let resumedInAll = 0;
  while (killed < kills) {
    while (running.size < WORKERS) running.add(armed(workers, random));
    const id = await begin(rehearsal);
    rebuilds += 1;
    let resumed = 0;
    let haste = random.pick(HASTE);
    // What cannot come right by waiting ends the wait.
    const failure = await eventually(
      async () => {
        while (running.size < WORKERS) running.add(armed(workers, random));
        const { rows } = await pool.query<{ state: string; owner: string | null; error: string | null }>(
          "select state, owner, error::text as error from runs where id = $1",
          [id],
        );
        const [run] = rows;
        if (run?.state === "succeeded") return "none";
        if (run?.state === "failed") {
          if (!isLost(run.error) || resumed === RESUMED_MAX) {
            return `rebuild ${id} failed, resumed ${resumed} times: ${run.error}`;
          }
          resumed += 1;
          haste = random.pick(HASTE);
          await inTransaction(pool, (client) => resumeRun(client, id, "rehearsal"));
          say(`${killed} of ${kills} killed: rebuild ${id} was given up, and is resumed for the ${resumed}. time`);
        }
        const victim = [...running].find(({ child }) => run?.owner?.includes(`-${child.pid}-`));
        if (victim && killed < kills && random.chance(haste)) victim.child.kill("SIGKILL");
        for (const one of running) {
          if (one.child.exitCode === null && one.child.signalCode === null) continue;
          running.delete(one);
          if (one.child.exitCode !== null) return `a worker ended by itself: ${one.output().slice(-2_000)}`;
          killed += 1;
        }
        return false;
      },
      { deadlineMs: REBUILD_DEADLINE_MS, everyMs: LOOK_MS, what: `rebuild ${id} to end` },
    );
    if (failure !== "none") throw new Error(failure);
    resumedInAll += resumed;
    await retireOld(rehearsal);
    say(`${killed} of ${kills} killed in ${rebuilds} rebuilds`);
  }
  for (const one of running) one.child.kill("SIGKILL");
  await Promise.all([...running].map(({ exited }) => exited));
  return { killed, rebuilds, resumed: resumedInAll };
}

/** Whether a run was given up because its workers were lost, and for no fault of its own. */
function isLost(error: string | null): boolean {
  return error !== null && (JSON.parse(error) as { name?: unknown }).name === "RunLost";
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
