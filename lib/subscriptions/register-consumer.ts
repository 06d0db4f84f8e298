import type pg from "pg";
import { TidemarkError } from "@/lib/kernel/errors";
import type { Consumer } from "@/lib/subscriptions/consumer";

/** Slices that all streams are spread over; a partition is a range of them. */
const SLICES = 1_024;

/**
 * What registering found. `created`: it starts at the beginning of the log; `raised`: code of a newer version starts a
 * new generation there; `same`: nothing to do; `older`: newer code has been here, and this process leaves it alone.
 */
export type Registration = {
  readonly outcome: "created" | "raised" | "same" | "older";
  readonly generation: number;
};

type Known = { version: number; generation: number; mode: string; types: string[] };

/**
 * Writes the consumer's row and its partitions in the caller's transaction, under a lock that other registrations of the
 * same name wait for. Throws when the same version now handles types whose events have gone by: their effects would be
 * missing for ever.
 */
export async function registerConsumer(client: pg.PoolClient, consumer: Omit<Consumer, "open">): Promise<Registration> {
  const { name, version, types, sloMs } = consumer;
  await client.query("select pg_advisory_xact_lock(hashtext('tidemark.register'), hashtext(current_schema() || $1))", [
    name,
  ]);
  const { rows } = await client.query<Known>(
    "select version, generation, mode, types from consumers where name = $1 for update",
    [name],
  );
  const [known] = rows;
  if (!known) {
    await client.query(
      `insert into consumers (name, kind, mode, style, version, partitions, types, slo_ms) values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [name, consumer.kind, consumer.mode, consumer.style, version, consumer.partitions, types, sloMs],
    );
    await createPartitions(client, consumer);
    return { outcome: "created", generation: 1 };
  }
  if (known.version > version) return { outcome: "older", generation: known.generation };
  if (known.version < version) {
    await client.query(
      `update consumers set generation = generation + 1, registered_at = clock_timestamp(), kind = $2, mode = $3, style = $4,
              version = $5, partitions = $6, types = $7, slo_ms = $8 where name = $1`,
      [name, consumer.kind, consumer.mode, consumer.style, version, consumer.partitions, types, sloMs],
    );
    await createPartitions(client, consumer);
    return { outcome: "raised", generation: known.generation + 1 };
  }
  await refuseMissedTypes(client, consumer, known);
  await client.query(
    "update consumers set types = $2, slo_ms = $3 where name = $1 and (types is distinct from $2 or slo_ms <> $3)",
    [name, types, sloMs],
  );
  return { outcome: "same", generation: known.generation };
}

/** Equal ranges of slices, at the beginning of the log. Their epoch passes every older one, so that old holders are fenced. */
async function createPartitions(
  client: pg.PoolClient,
  { name, mode, partitions }: Omit<Consumer, "open">,
): Promise<void> {
  const { rows } = await client.query<{ epoch: bigint }>(
    `with gone as (delete from consumer_partitions where consumer = $1 returning epoch)
     select coalesce(max(epoch), -1) + 1 as epoch from gone`,
    [name],
  );
  if (mode === "inline") return;
  await client.query(
    `insert into consumer_partitions (consumer, partition, slice_from, slice_to, epoch)
       select $1, n, n * $3 / $2, (n + 1) * $3 / $2, $4 from generate_series(0, $2::integer - 1) as n`,
    [name, partitions, SLICES, rows[0]?.epoch ?? 0n],
  );
}

async function refuseMissedTypes(client: pg.PoolClient, { name, types }: Omit<Consumer, "open">, known: Known) {
  const added = types.filter((type) => !known.types.includes(type));
  if (added.length === 0) return;
  const { rows } = await client.query<{ type: string }>(
    `select a.type from unnest($2::text[]) as a(type)
      where exists (select from events e where e.type = a.type and e.position <= coalesce(
        (select max(checkpoint) from consumer_partitions where consumer = $1), (select position from high_water)))`,
    [name, added],
  );
  if (rows.length === 0) return;
  const missed = rows.map(({ type }) => type).join(", ");
  throw new TidemarkError(
    "conflict",
    `${name} version ${known.version} now handles ${missed}, of which events have gone by already. Raise its version so that it starts from the beginning.`,
    { consumer: name, types: missed },
  );
}
