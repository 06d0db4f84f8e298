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
};

/** Writes the row of a generation as the code is now. Throws when one of that state is there already. */
export async function addGeneration(
  client: pg.PoolClient,
  { name, version, style, partitions, types }: Omit<Consumer, "open">,
  { generation, state, createdBy = "register" }: NewGeneration,
): Promise<void> {
  await client.query(
    `insert into consumer_generations (consumer, generation, version, style, partitions, types, state, created_by, live_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8, case when $7 = 'live' then clock_timestamp() end)`,
    [name, generation, version, style, partitions, types, state, createdBy],
  );
}

/** Equal ranges of slices whose checkpoint is `checkpoint`; from then on any worker with the right code takes them. */
export async function createPartitions(
  client: pg.PoolClient,
  { name, mode, partitions }: Pick<Consumer, "name" | "mode" | "partitions">,
  generation: number,
  checkpoint = 0n,
): Promise<void> {
  if (mode === "inline") return;
  await client.query(
    `insert into consumer_partitions (consumer, generation, partition, slice_from, slice_to, checkpoint)
       select $1, $4, n, n * $3 / $2, (n + 1) * $3 / $2, $5 from generate_series(0, $2::integer - 1) as n`,
    [name, partitions, SLICES, generation, checkpoint],
  );
}

/** Ends a generation: without partitions no worker writes it any more. Its row stays, so that the history is told. */
export async function retireGeneration(
  client: pg.PoolClient,
  { consumer, generation }: ConsumerGeneration,
): Promise<void> {
  await client.query("delete from consumer_partitions where consumer = $1 and generation = $2", [consumer, generation]);
  await client.query("delete from dead_letters where consumer = $1 and generation = $2", [consumer, generation]);
  await client.query(
    `update consumer_generations set state = 'retired', retired_at = clock_timestamp(), epoch = epoch + 1
      where consumer = $1 and generation = $2`,
    [consumer, generation],
  );
}
