import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import type { Position } from "@/lib/kernel/position";
import type { Lease } from "@/lib/subscriptions/lease";

/** A partition of the generation that serves: slices from `sliceFrom` up to, but not with, `sliceTo`. */
export type SliceRange = { readonly partition: number; readonly sliceFrom: number; readonly sliceTo: number };

/** How a merge stands: done, or both wait for the one behind to reach `stopAt`. */
export type Merge =
  | { readonly merged: true; readonly into: SliceRange }
  | { readonly merged: false; readonly stopAt: Position };

/** A partition that waits this long for its neighbour goes on alone: the neighbour is faulted or paused. */
const PATIENCE_S = 60;

type Row = SliceRange & {
  readonly generation: number;
  readonly checkpoint: bigint;
  readonly stopAt: bigint | null;
};

/**
 * Cuts a partition in two at a slice (the middle when none is given), in the caller's transaction. Both begin at its
 * checkpoint, under numbers that were never used before, so that its holder's open batch is refused and the records of
 * its batches stay true. Throws `conflict` where rows may belong to several streams, and for a single slice.
 */
export async function splitPartition(
  client: pg.PoolClient,
  consumer: string,
  partition: number,
  at?: number,
): Promise<readonly [SliceRange, SliceRange]> {
  const rows = await lockPartitions(client, consumer);
  const row = rows.find((one) => one.partition === partition);
  if (!row) throw new NotFound("partition", `${partition} of ${consumer}`);
  if (row.stopAt !== null) throw refused(consumer, `Partition ${partition} of ${consumer} is being merged.`);
  const cut = at ?? Math.floor((row.sliceFrom + row.sliceTo) / 2);
  if (cut <= row.sliceFrom || cut >= row.sliceTo) {
    const range = `${row.sliceFrom} to ${row.sliceTo - 1}`;
    throw refused(consumer, `Partition ${partition} has the slices ${range}: it cannot be cut before slice ${cut}.`);
  }
  const free = await nextNumber(client, consumer, row.generation);
  const halves = [
    { partition: free, sliceFrom: row.sliceFrom, sliceTo: cut },
    { partition: free + 1, sliceFrom: cut, sliceTo: row.sliceTo },
  ] as const;
  await replace(client, consumer, [row], halves, row.checkpoint);
  return halves;
}

/**
 * Makes a partition and its upper neighbour one. Standing at one checkpoint, or with nothing to handle between theirs,
 * they are one at once. Otherwise the one ahead stands still, the one behind is stopped where the other stands, and
 * whoever holds them then makes them one. Throws `conflict` for the uppermost.
 */
export async function mergePartitions(client: pg.PoolClient, consumer: string, partition: number): Promise<Merge> {
  const rows = await lockPartitions(client, consumer);
  const lower = rows.find((one) => one.partition === partition);
  if (!lower) throw new NotFound("partition", `${partition} of ${consumer}`);
  const upper = rows.find((one) => one.sliceFrom === lower.sliceTo);
  if (!upper) throw refused(consumer, `Partition ${partition} of ${consumer} has no neighbour above it.`);
  if (lower.stopAt !== upper.stopAt) throw refused(consumer, `A neighbour of partition ${partition} is being merged.`);
  const [behind, ahead] = lower.checkpoint <= upper.checkpoint ? [lower, upper] : [upper, lower];
  if (behind.checkpoint === ahead.checkpoint || !(await hasWork(client, consumer, behind, ahead.checkpoint))) {
    return { merged: true, into: await join(client, consumer, lower, upper, ahead.checkpoint) };
  }
  const stopAt = lower.stopAt ?? ahead.checkpoint;
  // Pairs are told apart by where they stop: two that touch must not stop at one place.
  const beside = rows.filter((one) => one.sliceTo === lower.sliceFrom || one.sliceFrom === upper.sliceTo);
  if (beside.some((one) => one.stopAt === stopAt)) {
    throw refused(
      consumer,
      `The partitions next to ${partition} and ${upper.partition} are being merged. Let them end first.`,
    );
  }
  await client.query(
    `update consumer_partitions set stop_at = $4, stop_since = clock_timestamp(), epoch = epoch + 1, owner = null,
            lease_expires_at = clock_timestamp()
      where consumer = $1 and generation = $2 and partition = any ($3) and stop_at is null`,
    [consumer, lower.generation, [lower.partition, upper.partition], stopAt],
  );
  return { merged: false, stopAt };
}

/**
 * Called by the holder of a partition that stands where it was stopped: makes the two one when the other stands there,
 * too, and lets them part when it has not come for a minute. Returns whether the lease is thereby over.
 */
export async function finishMerge(pool: pg.Pool, lease: Lease): Promise<boolean> {
  return inTransaction(pool, async (client) => {
    const rows = await lockPartitions(client, lease.consumer, lease.generation);
    const own = rows.find((one) => one.partition === lease.partition);
    if (!own || own.stopAt === null) return true;
    const stopped = rows.filter(({ stopAt }) => stopAt === own.stopAt);
    const below = stopped.find(({ sliceTo }) => sliceTo === own.sliceFrom);
    const above = stopped.find(({ sliceFrom }) => sliceFrom === own.sliceTo);
    const other = below ?? above;
    if (other && own.checkpoint === own.stopAt && other.checkpoint === own.stopAt) {
      const [lower, upper] = below ? [below, own] : [own, other];
      await join(client, lease.consumer, lower, upper, own.stopAt);
      return true;
    }
    const { rowCount } = await client.query(
      `update consumer_partitions set stop_at = null, stop_since = null, epoch = epoch + 1, owner = null
        where consumer = $1 and generation = $2 and stop_at = $3 and stop_since < clock_timestamp() - make_interval(secs => $4)`,
      [lease.consumer, lease.generation, own.stopAt, PATIENCE_S],
    );
    return (rowCount ?? 0) > 0;
  });
}

/** Locks the partitions of the generation that serves, in the order of their slices: whoever commits a batch is waited for. */
async function lockPartitions(client: pg.PoolClient, consumer: string, generation?: number): Promise<readonly Row[]> {
  const { rows: found } = await client.query<{ partitions: number; generation: number; building: boolean }>(
    `select c.partitions, c.generation, exists (select from consumer_generations g
              where g.consumer = c.name and g.state = 'building') as building
       from consumers c where c.name = $1 and c.mode = 'async' for share`,
    [consumer],
  );
  const [known] = found;
  if (!known) throw new NotFound("consumer with partitions", consumer);
  if (generation === undefined && known.partitions === 1) {
    throw refused(
      consumer,
      `Rows of ${consumer} may belong to several streams: it is declared with one partition. Declare more where each row belongs to one stream.`,
    );
  }
  if (generation === undefined && known.building) {
    throw refused(consumer, `A new generation of ${consumer} is being built. Let it end first.`);
  }
  const { rows } = await client.query<Row>(
    `select partition, generation, slice_from as "sliceFrom", slice_to as "sliceTo", checkpoint, stop_at as "stopAt"
       from consumer_partitions where consumer = $1 and generation = $2 order by partition for update`,
    [consumer, generation ?? known.generation],
  );
  return rows.toSorted((a, b) => a.sliceFrom - b.sliceFrom);
}

async function hasWork(client: pg.PoolClient, consumer: string, behind: Row, until: Position): Promise<boolean> {
  const { rows } = await client.query<{ work: boolean }>(
    `select exists (select from events e, consumers c where c.name = $1 and e.type = any (c.types)
              and e.position > $2 and e.position <= $3 and e.slice >= $4 and e.slice < $5) as work`,
    [consumer, behind.checkpoint, until, behind.sliceFrom, behind.sliceTo],
  );
  return rows[0]?.work ?? true;
}

async function join(client: pg.PoolClient, consumer: string, lower: Row, upper: Row, checkpoint: Position) {
  const partition = await nextNumber(client, consumer, lower.generation);
  const into = { partition, sliceFrom: lower.sliceFrom, sliceTo: upper.sliceTo };
  await replace(client, consumer, [lower, upper], [into], checkpoint);
  return into;
}

/** A number that no partition of this generation ever had. */
async function nextNumber(client: pg.PoolClient, consumer: string, generation: number): Promise<number> {
  const { rows } = await client.query<{ next: number }>(
    `select max(partition) + 1 as next from (
       select partition from consumer_partitions where consumer = $1 and generation = $2
       union all select partition from former_partitions where consumer = $1 and generation = $2) used`,
    [consumer, generation],
  );
  return rows[0]?.next ?? 0;
}

/** The epoch of what comes passes every older one. What was keeps its number for the records of its batches. */
async function replace(
  client: pg.PoolClient,
  consumer: string,
  old: readonly Row[],
  next: readonly SliceRange[],
  checkpoint: Position,
): Promise<void> {
  await client.query(
    `with gone as (
       delete from consumer_partitions where consumer = $1 and generation = $2 and partition = any ($3) returning *
     ), remembered as (
       insert into former_partitions (consumer, generation, partition, slice_from, slice_to)
         select consumer, generation, partition, slice_from, slice_to from gone
     )
     insert into consumer_partitions (consumer, generation, partition, slice_from, slice_to, checkpoint, checkpoint_at, epoch)
       select $1, $2, n.partition, n.slice_from, n.slice_to, $7, (select max(checkpoint_at) from gone), (select max(epoch) + 1 from gone)
         from unnest($4::integer[], $5::integer[], $6::integer[]) as n(partition, slice_from, slice_to)`,
    [
      ...[consumer, old[0]?.generation, old.map(({ partition }) => partition)],
      ...[next.map((one) => one.partition), next.map((one) => one.sliceFrom), next.map((one) => one.sliceTo)],
      checkpoint,
    ],
  );
}

function refused(consumer: string, message: string): TidemarkError {
  return new TidemarkError("conflict", message, { consumer });
}
