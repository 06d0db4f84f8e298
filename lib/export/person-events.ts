import type pg from "pg";
import type { PersonEvent } from "@/lib/export/person-lines";
import { sealedPatterns } from "@/lib/shred/find-sealed";

/** Positions that one step looks at, and events and bytes that it takes: the first event in any case. */
const SPAN = 20_000n;
const EVENTS_MAX = 500;
const BYTES_MAX = 4 * 1024 * 1024;

/**
 * The next events above `after`, up to and with `upTo`, in which something is sealed under these keys, and the position up to which
 * that is settled. One bounded step; nothing is indexed for it.
 */
export async function nextPersonEvents(
  client: pg.PoolClient,
  keys: readonly string[],
  { after, upTo }: { readonly after: bigint; readonly upTo: bigint },
): Promise<{ readonly events: readonly PersonEvent[]; readonly looked: bigint }> {
  const looked = after + SPAN < upTo ? after + SPAN : upTo;
  const { rows } = await client.query<PersonEvent & { more: boolean }>(STEP, [
    ...[after, looked, sealedPatterns(keys), EVENTS_MAX, BYTES_MAX],
  ]);
  const last = rows.at(-1);
  return { events: rows, looked: last?.more ? last.position : looked };
}

const STEP = `
  select position, id, stream, version, type, "schemaVersion", tenant, data, "recordedAt", "occurredAt",
         count(*) over () < found or found = $4 as more
    from (
      select position, event_id as id, stream, version, type, schema_version as "schemaVersion", tenant, data::text as data,
             recorded_at as "recordedAt", occurred_at as "occurredAt", count(*) over () as found,
             sum(octet_length(data::text)) over (order by position) - octet_length(data::text) as before
        from (select * from events where position > $1 and position <= $2
                 and data::text like any ($3::text[]) order by position limit $4) as page
    ) as sized where before < $5 order by position`;
