import type pg from "pg";
import type { Instance } from "@/lib/processes/instances";
import { nameOf, noteOf, type ProcessInput } from "@/lib/processes/react";

/** Puts inputs on record, in order, and returns those that were not there yet, each as `<instance> <input id>`. */
export async function recordInputs(
  client: pg.PoolClient,
  process: string,
  given: readonly { readonly instance: Instance; readonly input: ProcessInput }[],
): Promise<Set<string>> {
  if (given.length === 0) return new Set();
  const { rows } = await client.query<{ instance: string; input_id: string }>({
    name: "record_inputs",
    text: `insert into process_inputs (process, instance, input_id, kind, name, position, at, correlation_id, causation_id, note)
             select $1, n.instance, n.id, n.kind, n.name, n.position, n.at, n.correlation, n.cause, n.note::json
               from unnest($2::text[], $3::uuid[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[], $8::text[], $9::text[], $10::text[])
                 with ordinality as n(instance, id, kind, name, position, at, correlation, cause, note, place)
              order by n.place on conflict do nothing returning instance, input_id`,
    values: [
      process,
      given.map(({ instance }) => instance.instance),
      given.map(({ input }) => input.id),
      given.map(({ input }) => input.kind),
      given.map(({ input }) => nameOf(input)),
      given.map(({ input }) => input.position),
      given.map(({ input }) => input.at),
      given.map(({ input }) => input.correlationId),
      given.map(({ input }) => input.cause),
      given.map(({ input }) => noteOf(input)),
    ],
  });
  return new Set(rows.map((row) => `${row.instance} ${row.input_id}`));
}
