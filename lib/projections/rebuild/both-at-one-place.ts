import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { Projection } from "@/lib/define";
import { TidemarkError } from "@/lib/kernel/errors";
import type { Position } from "@/lib/kernel/position";
import { projectionConsumers } from "@/lib/projections/projection-consumers";
import { commitBatch, readCheckpoint, skipTo } from "@/lib/subscriptions/commit-batch";
import type { Consumer } from "@/lib/subscriptions/consumer";
import { readDeadLetters } from "@/lib/subscriptions/dead-letter";
import { type Lease, releaseLeases, seizePartitions } from "@/lib/subscriptions/lease";
import { readBatch } from "@/lib/subscriptions/read-batch";

/** Two generations of one projection: the one that serves, and the one to be compared with it. */
export type GenerationPair = {
  readonly pool: pg.Pool;
  readonly projection: Projection;
  readonly catalog: Catalog;
  readonly live: number;
  readonly generation: number;
};

/**
 * How far the two were when the snapshot was taken. `exact`: both had applied the same events. Otherwise the one that
 * serves stands still, and only rows that no event above `position` has changed can be compared.
 */
export type Place = { readonly position: Position; readonly exact: boolean };

const TRY_MS = 10_000;
/** How long the one that serves is held still at a time; shorter than any lease. */
const HELD_MS = 800;
const REST_MS = 50;

/**
 * Runs `work` on a snapshot in which both generations have applied the same events. The new one is taken from the
 * workers and brought forward by exactly what the other has applied, while the other's checkpoints are locked for the
 * moment of the last step; then everybody goes on, and the snapshot stands. Readers notice nothing.
 */
export async function atOnePlace<T>(
  pair: GenerationPair,
  work: (snapshot: pg.PoolClient, place: Place) => Promise<T>,
): Promise<T> {
  const { pool, projection, generation } = pair;
  const owner = `comparing ${projection.name}/${generation}`;
  const leases = await seizePartitions(pool, { consumer: projection.name, generation }, owner);
  const steps = createSteps(pair, owner);
  const snapshot = await pool.connect();
  try {
    let place: Place | undefined;
    const deadline = performance.now() + TRY_MS;
    while (!place) {
      const patient = performance.now() < deadline;
      place = await align(pair, leases, steps, snapshot, patient);
      if (!place) await new Promise((resolve) => setTimeout(resolve, REST_MS));
    }
    await releaseLeases(pool, leases);
    return await work(snapshot, place);
  } finally {
    await snapshot.query("rollback").catch(() => undefined);
    snapshot.release();
    await releaseLeases(pool, leases);
  }
}

/** One try; `undefined` when the one that serves has yet to apply something that the new one has. */
async function align(
  pair: GenerationPair,
  leases: readonly Lease[],
  steps: (lease: Lease, until: Position) => Promise<void>,
  snapshot: pg.PoolClient,
  patient: boolean,
): Promise<Place | undefined> {
  const { pool, projection, live, generation } = pair;
  // The long way first, while nobody is held.
  const far = await targetsOf(pool, pair);
  for (const lease of leases) await steps(lease, far.get(lease.partition)?.until ?? 0n);
  const holder = await pool.connect();
  try {
    await holder.query("begin");
    await holder.query(`set local lock_timeout = ${HELD_MS}`);
    await holder.query(
      "select from consumer_partitions where consumer = $1 and generation = $2 order by partition for update",
      [projection.name, live],
    );
    const targets = await targetsOf(holder, pair);
    const even = [...targets.values()].every(({ ahead, uneven }) => !ahead && !uneven);
    if (!even && patient) return undefined;
    if (even) for (const lease of leases) await steps(lease, targets.get(lease.partition)?.until ?? 0n);
    else if (projection.style === "handler") throw standsStill(projection.name, live, generation);
    await snapshot.query("begin isolation level repeatable read read only");
    const { rows } = await snapshot.query<{ least: bigint; most: bigint }>(
      "select min(checkpoint) as least, max(checkpoint) as most from consumer_partitions where consumer = $1 and generation = $2",
      [projection.name, live],
    );
    return { position: (even ? rows[0]?.most : rows[0]?.least) ?? 0n, exact: even };
  } finally {
    await holder.query("rollback").catch(() => undefined);
    holder.release();
  }
}

type Target = { readonly partition: number; readonly until: bigint; readonly ahead: boolean; readonly uneven: boolean };

/**
 * For each partition of the new one: the furthest checkpoint of the others that share slices with it, whether it is
 * beyond that, and whether one of them lacks an event before it.
 */
async function targetsOf(
  db: pg.Pool | pg.PoolClient,
  { projection, live, generation }: GenerationPair,
): Promise<ReadonlyMap<number, Target>> {
  const { rows } = await db.query<Target>(
    `with target as (
       select n.partition, n.checkpoint, n.slice_from, n.slice_to, max(o.checkpoint) as until
         from consumer_partitions n join consumer_partitions o
           on o.consumer = n.consumer and o.generation = $2 and o.slice_from < n.slice_to and n.slice_from < o.slice_to
        where n.consumer = $1 and n.generation = $3 group by 1, 2, 3, 4)
     select t.partition, t.until,
            exists (select from events e, consumer_generations g where g.consumer = $1 and g.generation = $3
                and e.position > t.until and e.position <= t.checkpoint and e.type = any (g.types)
                and e.slice >= t.slice_from and e.slice < t.slice_to) as ahead,
            exists (select from events e, consumer_generations g, consumer_partitions o
              where g.consumer = $1 and g.generation = $2 and o.consumer = $1 and o.generation = $2
                and o.slice_from < t.slice_to and t.slice_from < o.slice_to
                and e.position > o.checkpoint and e.position <= t.until and e.type = any (g.types)
                and e.slice >= greatest(o.slice_from, t.slice_from) and e.slice < least(o.slice_to, t.slice_to)) as uneven
       from target t`,
    [projection.name, live, generation],
  );
  return new Map(rows.map((row) => [row.partition, row]));
}

const BATCH = 10_000;

/** Brings a partition of the new one forward to a position and not beyond it, by the ordinary commit. */
function createSteps({ pool, projection, catalog }: GenerationPair, worker: string) {
  let consumer: Consumer | undefined;

  return async (lease: Lease, until: Position): Promise<void> => {
    consumer ??= await consumerOf(pool, projection, catalog);
    let from = await readCheckpoint(pool, lease);
    if (from >= until) return;
    const letters = await readDeadLetters(pool, lease);
    const applier = consumer.open({ pool, generation: lease.generation, fresh: from === 0n });
    while (from < until) {
      const { sliceFrom, sliceTo } = lease;
      const batch = await readBatch(pool, { types: consumer.types, sliceFrom, sliceTo, after: from, limit: BATCH });
      const to = batch.to < until ? batch.to : until;
      const events = batch.events.filter((event) => event.position <= to && !letters.holdBack(event));
      if (events.length === 0) await skipTo(pool, lease, from, to);
      else {
        const effects = await applier.prepare(events);
        const { readAt } = batch;
        await commitBatch(pool, { lease, worker, from, to, events: events.length, readAt, traceparent: null }, effects);
      }
      from = to;
    }
  };
}

async function consumerOf(pool: pg.Pool, projection: Projection, catalog: Catalog): Promise<Consumer> {
  const { rows } = await pool.query<{ schema: string }>("select current_schema() as schema");
  const [consumer] = projectionConsumers([projection], catalog, rows[0]?.schema);
  if (!consumer) throw new Error(`${projection.name} is no consumer.`);
  return consumer;
}

function standsStill(name: string, live: number, generation: number): TidemarkError {
  return new TidemarkError(
    "conflict",
    `Generation ${live} of ${name} serves, but lacks events that generation ${generation} has, and does not move. They cannot be compared at one place; see why it stands still, or promote without comparing.`,
    { consumer: name, live, generation },
  );
}
