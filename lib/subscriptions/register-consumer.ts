import type pg from "pg";
import { TidemarkError } from "@/lib/kernel/errors";
import type { Consumer } from "@/lib/subscriptions/consumer";
import { addGeneration, createPartitions, retireGeneration } from "@/lib/subscriptions/generations";

/**
 * What registering found. `created`: it starts at the beginning of the log; `building`: code of a newer version, whose
 * generation is to be built beside the one that serves, and has no partitions yet; `raised`: the same where one of the two is inline, which serves from
 * this transaction on; `same`: nothing to do; `older`: newer code has been here and nothing of this version is left, so this process
 * leaves the consumer alone. `replaced` are generations whose tables are of no use any more.
 */
export type Registration = {
  readonly outcome: "created" | "building" | "raised" | "same" | "older";
  readonly generation: number;
  readonly replaced: readonly number[];
};

/** What registering needs to know of a consumer: all but how its batches are applied. */
type Facts = Omit<Consumer, "open">;

type Known = { readonly version: number; readonly generation: number; readonly mode: "async" | "inline" };

type Generation = {
  readonly generation: number;
  readonly version: number;
  readonly state: "building" | "live" | "kept" | "retired";
  readonly types: string[];
};

/**
 * Writes the consumer's row, its generation and its partitions in the caller's transaction, under a lock that other
 * registrations of the same name wait for. Throws when the same version now handles types whose events have gone by:
 * their effects would be missing for ever.
 */
export async function registerConsumer(client: pg.PoolClient, consumer: Facts): Promise<Registration> {
  await lockConsumer(client, consumer.name);
  const { rows } = await client.query<Known>(
    "select version, generation, mode from consumers where name = $1 for update",
    [consumer.name],
  );
  const [known] = rows;
  if (!known) {
    await writeFacts(client, consumer, 1);
    await addGeneration(client, consumer, { generation: 1, state: "live" });
    await createPartitions(client, consumer, 1);
    return { outcome: "created", generation: 1, replaced: [] };
  }
  const generations = await readGenerations(client, consumer.name);
  const own = generations.find(({ state, version }) => state !== "retired" && version === consumer.version);
  if (own) {
    await refuseMissedTypes(client, consumer, own);
    await writeTypes(client, consumer, own);
    return { outcome: "same", generation: own.generation, replaced: [] };
  }
  if (known.version > consumer.version || generations.some(({ version }) => version > consumer.version)) {
    return { outcome: "older", generation: known.generation, replaced: [] };
  }
  const generation = Math.max(...generations.map((one) => one.generation)) + 1;
  // What appends write has no checkpoint to follow from: nothing can be built beside it, and nothing of it be kept.
  const atOnce = consumer.mode === "inline" || known.mode === "inline";
  const state = atOnce ? "live" : "building";
  const replaced = generations
    .filter((one) => one.state !== "retired" && (atOnce || one.state === "building"))
    .map((one) => one.generation);
  for (const one of replaced) await retireGeneration(client, { consumer: consumer.name, generation: one });
  if (atOnce) await writeFacts(client, consumer, generation);
  await addGeneration(client, consumer, { generation, state });
  if (atOnce) await createPartitions(client, consumer, generation);
  return { outcome: atOnce ? "raised" : "building", generation, replaced };
}

/** Until the end of the transaction, nobody else registers this consumer or changes which of its generations serves. */
export async function lockConsumer(client: pg.PoolClient, name: string): Promise<void> {
  await client.query("select pg_advisory_xact_lock(hashtext('tidemark.register'), hashtext(current_schema() || $1))", [
    name,
  ]);
}

async function readGenerations(client: pg.PoolClient, name: string): Promise<Generation[]> {
  const { rows } = await client.query<Generation>(
    "select generation, version, state, types from consumer_generations where consumer = $1 order by generation desc",
    [name],
  );
  return rows;
}

/** SQL: the objective in force, in milliseconds: an operator's word stands above the one that the code declares. */
export function objectiveSql(name: string, declared: string): string {
  return `coalesce((select s.objective_ms from slos s where s.consumer = ${name}), ${declared}::integer)`;
}

/** The row of the consumer says what the generation that serves is like. */
async function writeFacts(client: pg.PoolClient, consumer: Facts, generation: number): Promise<void> {
  const { name, kind, mode, style, version, partitions, types, sloMs } = consumer;
  await client.query(
    `insert into consumers (name, kind, mode, style, version, partitions, types, slo_ms, generation)
       values ($1, $2, $3, $4, $5, $6, $7, ${objectiveSql("$1", "$8")}, $9)
     on conflict (name) do update set kind = $2, mode = $3, style = $4, version = $5, partitions = $6, types = $7,
       slo_ms = excluded.slo_ms, generation = $9, registered_at = clock_timestamp()`,
    [name, kind, mode, style, version, partitions, types, sloMs, generation],
  );
}

async function writeTypes(client: pg.PoolClient, { name, types, sloMs }: Facts, own: Generation): Promise<void> {
  await client.query(
    "update consumer_generations set types = $3 where consumer = $1 and generation = $2 and types is distinct from $3",
    [name, own.generation, types],
  );
  if (own.state !== "live") return;
  await client.query(
    `update consumers c set types = $2, slo_ms = o.ms from (select ${objectiveSql("$1", "$3")} as ms) o
      where c.name = $1 and (c.types is distinct from $2 or c.slo_ms <> o.ms)`,
    [name, types, sloMs],
  );
}

async function refuseMissedTypes(client: pg.PoolClient, { name, types, version }: Facts, own: Generation) {
  const added = types.filter((type) => !own.types.includes(type));
  if (added.length === 0) return;
  const { rows } = await client.query<{ type: string }>(
    `select a.type from unnest($2::text[]) as a(type)
      where exists (select from events e where e.type = a.type and e.position <= coalesce(
        (select max(checkpoint) from consumer_partitions where consumer = $1 and generation = $3),
        (select position from high_water)))`,
    [name, added, own.generation],
  );
  if (rows.length === 0) return;
  const missed = rows.map(({ type }) => type).join(", ");
  throw new TidemarkError(
    "conflict",
    `${name} version ${version} now handles ${missed}, of which events have gone by already. Raise its version so that it starts from the beginning.`,
    { consumer: name, types: missed },
  );
}
