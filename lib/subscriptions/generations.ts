import type pg from "pg";
import type { Consumer } from "@/lib/subscriptions/consumer";
import type { ConsumerGeneration } from "@/lib/subscriptions/lease";

/** Slices that all streams are spread over; a partition is a range of them. */
const SLICES = 1_024;

/** A generation that comes into being. `createdBy` is the run that builds it; without one, the code's registration. */
type NewGeneration = {
  readonly generation: number;
  readonly state: "building" | "live";
  readonly createdBy?: string;
  /** The part of the read model that is made anew, as JSON; null for all of it. */
  readonly scope?: unknown;
};

/** Writes the row of a generation as the code is now. Throws when one of that state is there already. */
export async function addGeneration(
  client: pg.PoolClient,
  { name, version, style, partitions, types }: Omit<Consumer, "open">,
  { generation, state, createdBy = "register", scope = null }: NewGeneration,
): Promise<void> {
  await client.query(
    `insert into consumer_generations (consumer, generation, version, style, partitions, types, state, created_by, scope, live_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, $9, case when $7 = 'live' then clock_timestamp() end)`,
    [
      ...[name, generation, version, style, partitions, types, state, createdBy],
      scope === null ? null : JSON.stringify(scope),
    ],
  );
}

/**
 * Ranges of slices whose checkpoint is `checkpoint`; from then on any worker with the right code takes them. They are cut
 * as the generation that serves is cut now, so that what was split at run time stays split; where the code declares
 * another number than that one was made with, they are equal.
 */
export async function createPartitions(
  client: pg.PoolClient,
  { name, mode, partitions }: Pick<Consumer, "name" | "mode" | "partitions">,
  generation: number,
  checkpoint = 0n,
): Promise<void> {
  if (mode === "inline") return;
  await client.query(
    `with live as (
       select p.slice_from, p.slice_to from consumer_generations g join consumer_partitions p using (consumer, generation)
        where g.consumer = $1 and g.state = 'live' and g.generation <> $4 and g.partitions = $2
     ), ranges as (
       select slice_from, slice_to from live
       union all select n * $3 / $2, (n + 1) * $3 / $2 from generate_series(0, $2::integer - 1) as n where not exists (select from live)
     )
     insert into consumer_partitions (consumer, generation, partition, slice_from, slice_to, checkpoint)
       select $1, $4, row_number() over (order by slice_from) - 1, slice_from, slice_to, $5 from ranges`,
    [name, partitions, SLICES, generation, checkpoint],
  );
}

/** A range of slices from `sliceFrom` up to, but not with, `sliceTo`, and up to where it has applied the log. */
export type RangeAt = { readonly sliceFrom: number; readonly sliceTo: number; readonly checkpoint: bigint };

/** Partitions that begin where these ranges stand, each at its own checkpoint. */
export async function createPartitionsAt(
  client: pg.PoolClient,
  { consumer, generation }: ConsumerGeneration,
  ranges: readonly RangeAt[],
): Promise<void> {
  await client.query(
    `insert into consumer_partitions (consumer, generation, partition, slice_from, slice_to, checkpoint)
       select $1, $2, n - 1, slice_from, slice_to, checkpoint
         from unnest($3::integer[], $4::integer[], $5::bigint[]) with ordinality as r(slice_from, slice_to, checkpoint, n)`,
    [
      ...[consumer, generation, ranges.map(({ sliceFrom }) => sliceFrom), ranges.map(({ sliceTo }) => sliceTo)],
      ranges.map(({ checkpoint }) => checkpoint),
    ],
  );
}

/** Ends a generation: without partitions no worker writes it any more. Its row stays, so that the history is told. */
export async function retireGeneration(
  client: pg.PoolClient,
  { consumer, generation }: ConsumerGeneration,
): Promise<void> {
  // In the order in which their workers' leases are renewed: a delete alone takes them as they lie.
  await client.query(
    "select from consumer_partitions where consumer = $1 and generation = $2 order by partition for update",
    [consumer, generation],
  );
  await client.query("delete from consumer_partitions where consumer = $1 and generation = $2", [consumer, generation]);
  await client.query("delete from dead_letters where consumer = $1 and generation = $2", [consumer, generation]);
  await client.query(
    `update consumer_generations set state = 'retired', retired_at = clock_timestamp(), epoch = epoch + 1
      where consumer = $1 and generation = $2`,
    [consumer, generation],
  );
}
