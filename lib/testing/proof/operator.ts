import type pg from "pg";
import { createReadDatabase } from "@/lib/db/read-database";
import { isConnectionLoss, isRetryable, sqlState } from "@/lib/db/unavailable";
import type { EventStore } from "@/lib/event-store/store";
import { TidemarkError } from "@/lib/kernel/errors";
import { newId } from "@/lib/kernel/ids";
import type { OperationContext } from "@/lib/operations/operation";
import { retryLetters, skipLetters } from "@/lib/operations/order-letters";
import { rebuildProjection, retireGeneration } from "@/lib/operations/rebuild-projection";
import {
  cancelRunOperation,
  pauseRunOperation,
  promoteRunOperation,
  resumeRunOperation,
  revertRunOperation,
} from "@/lib/operations/steer-run";
import { proofCatalog, proofConsumers, proofRuns } from "@/lib/testing/proof/domain";
import type { Random } from "@/lib/testing/proof/random";

/** Something an operator did, by the id of his request. `info`: nobody told him whether it was done. */
type Act = { readonly requestId: string; readonly what: string; readonly outcome: "ok" | "fail" | "info" };

/** Somebody at the console: orders dead letters to be retried or skipped, rebuilds, promotes, cancels, goes back, retires. */
export type Operator = {
  readonly acts: readonly Act[];
  /** Events that he ordered to be skipped, each as `<consumer> <position>`. */
  readonly skips: ReadonlySet<string>;
  /** From now on he only brings to an end what is under way. */
  readonly calm: () => void;
  readonly stop: () => Promise<void>;
};

/** The read model that is rebuilt again and again, while it serves. */
const REBUILT = "proof-buckets";
const REST_MS = 250;
/** Its plan alone costs a second of this process. */
const REBUILD_EVERY_S = 20;
/** An effect is looked for so long; a killed worker may keep it waiting for longer. */
const OBSERVE_MS = 1_000;

type Choice = { readonly what: string; readonly act: (context: OperationContext) => Promise<unknown> };

/** What an operator acts on and by. `pool` is never cut; the server may be killed under it. */
type Work = {
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly random: Random;
  /** Whether steps whose names hold this word are still to be hit; then he does more of what leads there. */
  readonly lacking: (word: string) => boolean;
};

/** Puts an operator to work. */
export function startOperator(work: Work): Operator {
  const { pool, store } = work;
  const acts: Act[] = [];
  const skips = new Set<string>();
  let calm = false;
  let running = true;
  const context = {
    ...{ pool, store, reads: createReadDatabase(pool), catalog: proofCatalog, runKinds: proofRuns(pool) },
    ...{
      consumers: proofConsumers(),
      build: "proof",
      safety: "open",
      principal: { id: "operator", role: "operator", via: "token" },
    },
  };

  async function once(): Promise<void> {
    const choice = (await chooseLetters(work, calm, skips)) ?? (await chooseRebuild(work, calm));
    if (!choice) return;
    const requestId = newId();
    const asking = { ...context, requestId, signal: AbortSignal.timeout(OBSERVE_MS) } as unknown as OperationContext;
    const outcome = await choice.act(asking).then(() => "ok" as const, outcomeOf);
    acts.push({ requestId, what: choice.what, outcome });
  }

  const ended = (async () => {
    while (running) {
      await once().catch((error: unknown) => {
        if (!isPassing(error)) throw error;
      });
      await new Promise((resolve) => setTimeout(resolve, REST_MS));
    }
  })();
  // Whoever stops it is told.
  ended.catch(() => undefined);
  return {
    acts,
    skips,
    calm: () => {
      calm = true;
    },
    stop: async () => {
      running = false;
      await ended;
    },
  };
}

/** What was refused left nothing; what the database did not answer to may have been done. */
function outcomeOf(error: unknown): Act["outcome"] {
  if (isPassing(error)) return "info";
  // A skip that was ordered, and then a retry was there first: ordered it was.
  if (error instanceof TidemarkError && error.facts.ordered !== undefined) return "ok";
  if (error instanceof TidemarkError) return "fail";
  throw error;
}

function isPassing(error: unknown): boolean {
  if (error instanceof TidemarkError && error.code === "unavailable") return true;
  return isConnectionLoss(error) || isRetryable(error) || sqlState(error) === "55P03";
}

type Letter = { readonly id: string; readonly consumer: string; readonly stream: string; readonly position: string };

async function chooseLetters(
  { pool, random, lacking }: Work,
  calm: boolean,
  skips: Set<string>,
): Promise<Choice | undefined> {
  const { rows } = await pool.query<Letter>(
    `select id::text as id, consumer, stream, position::text as position from dead_letters
      where closed_at is null and outcome is null and wanted is null order by id limit 20`,
  );
  const [first] = rows;
  if (!first || !(calm || random.chance(0.5))) return undefined;
  const skipped = random.pick(rows);
  if (!random.chance(lacking("skip") ? 0.8 : 0.3)) {
    const ids = rows.map(({ id }) => id);
    return { what: `retry of ${ids.length} letters`, act: (context) => retryLetters(context, { ids }) };
  }
  const { id, consumer, stream, position } = skipped;
  skips.add(`${consumer} ${position}`);
  const asked = { ids: [id], confirm: stream, reason: "The proof gives some up." };
  return { what: `skip of letter ${id}`, act: (context) => skipLetters(context, asked) };
}

type Rebuild = {
  readonly id: string;
  readonly state: string;
  readonly promoted: boolean;
  /** So many seconds ago it was asked for. */
  readonly age: number;
  /** It is not the first, and none was cancelled yet: then this one is, so that a proof of a few rebuilds has it, too. */
  readonly toCancel: boolean;
};

async function chooseRebuild(work: Work, calm: boolean): Promise<Choice | undefined> {
  const { pool, random, lacking } = work;
  const { rows } = await pool.query<Rebuild>(
    `select r.id::text as id, r.state, g.state = 'live' as promoted,
            extract(epoch from clock_timestamp() - r.created_at)::float8 as age,
            exists (select from runs o where o.kind = 'rebuild' and o.id < r.id)
              and not exists (select from runs o where o.kind = 'rebuild' and o.state = 'cancelled') as "toCancel"
       from runs r left join consumer_generations g on g.consumer = r.subject
             and g.generation = (r.checkpoint ->> 'generation')::integer
      where r.kind = 'rebuild' order by r.id desc limit 1`,
  );
  const [run] = rows;
  if (!run || ["succeeded", "cancelled"].includes(run.state)) return calm ? undefined : afterRebuild(work, run);
  const on = (what: string, operation: typeof resumeRunOperation): Choice => ({
    what: `${what} of run ${run.id}`,
    act: (context) => operation(context, { id: run.id }),
  });
  if (run.state === "paused" || run.state === "failed") return on("resumption", resumeRunOperation);
  if (run.toCancel && !calm && ["running", "awaiting-decision"].includes(run.state))
    return on("cancellation", cancelRunOperation);
  if (run.state === "awaiting-decision")
    return random.chance(lacking("drop") ? 0.2 : 0.85)
      ? on("promotion", promoteRunOperation)
      : on("cancellation", cancelRunOperation);
  if (calm || run.state !== "running") return undefined;
  if (random.chance(0.01)) return on("pause", pauseRunOperation);
  return random.chance(0.005) ? on("cancellation", cancelRunOperation) : undefined;
}

/** Nothing is being built: go back, drop what is kept, or build the next. */
async function afterRebuild({ pool, random, lacking }: Work, run: Rebuild | undefined): Promise<Choice | undefined> {
  if (run?.promoted && random.chance(0.1))
    return { what: `reversion of run ${run.id}`, act: (context) => revertRunOperation(context, { id: run.id }) };
  const { rows } = await pool.query<{ generation: number }>(
    "select generation from consumer_generations where consumer = $1 and state = 'kept' order by generation",
    [REBUILT],
  );
  const [kept] = rows;
  if (kept && random.chance(0.3)) {
    const { generation } = kept;
    return {
      what: `retirement of generation ${generation}`,
      act: (context) => retireGeneration(context, { name: REBUILT, generation }),
    };
  }
  if (run && run.age < REBUILD_EVERY_S) return undefined;
  // Only a rebuild that promotes itself is switched to by a worker.
  const promote = lacking("switch")
    ? random.pick(["when-equal", "when-caught-up"] as const)
    : random.pick(["ask", "when-equal", "when-caught-up"] as const);
  return { what: `rebuild (${promote})`, act: (context) => rebuildProjection(context, { name: REBUILT, promote }) };
}
