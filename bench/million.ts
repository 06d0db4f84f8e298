import type pg from "pg";

/** The indexes that are made after the rows: many times faster than beside them. The primary key stays. */
const LATER =
  "events_stream_version events_event_id events_type events_category events_correlation events_tenant streams_category".split(
    " ",
  );

/**
 * Fills an empty store with `events` events in a tenth as many streams, past the append function: browsing is measured
 * here, not writing. The rows are what an append would have written, leaf hashes by the same SQL function included, from
 * `generate_series` on two connections; the indexes are those of the schema, made again from their own definitions once the
 * rows are there. Categories and types are as uneven as in life: one type is every second event, one is one in 10,000.
 */
export async function fillStore(owner: pg.Pool, events: number): Promise<void> {
  const streams = Math.floor(events / 10);
  const { rows: indexes } = await owner.query<{ name: string; definition: string }>(
    `select c.relname as name, pg_get_indexdef(i.indexrelid) as definition
       from pg_index i join pg_class c on c.oid = i.indexrelid where c.relnamespace = current_schema()::regnamespace and c.relname = any($1)`,
    [LATER],
  );
  for (const { name } of indexes) await owner.query(`drop index ${name}`);
  await owner.query(
    `insert into streams (stream, category, slice, version, first_position, last_position, bytes)
     select category || '-' || lpad(n::text, 8, '0'), category,
            (hashtextextended(category || '-' || lpad(n::text, 8, '0'), 0) & 1023)::smallint, 10, n, n + 9 * $1::bigint, 3030
       from (select n, case when n % 10 < 7 then 'order' when n % 10 < 9 then 'inventory' else 'account' end as category
               from generate_series(1, $1::bigint) as n) as numbered`,
    [streams],
  );
  // Half the positions a connection; a part at a time, so that each statement's sort and memory stay small.
  const part = Math.ceil(events / 20);
  const parts = Array.from({ length: 20 }, (_, nth) => [nth * part + 1, Math.min(events, (nth + 1) * part)] as const);
  const fill = async (share: readonly (readonly [number, number])[]) => {
    for (const [first, last] of share) await fillPart(owner, streams, first, last);
  };
  await Promise.all([fill(parts.filter((_, nth) => nth % 2 === 0)), fill(parts.filter((_, nth) => nth % 2 === 1))]);
  await indexed(
    owner,
    indexes.map(({ definition }) => definition),
  );
  await owner.query("select setval('position_seq', $1)", [events]);
  await owner.query(
    "update high_water set position = $1, moved_at = clock_timestamp(), checked_at = clock_timestamp(), agent = 'bench'",
    [events],
  );
  await owner.query("vacuum (analyze) events");
  await owner.query("vacuum (analyze) streams");
}

/** The events of a stretch of positions, in the order of positions. The stream of each follows from its position. */
async function fillPart(owner: pg.Pool, streams: number, first: number, last: number): Promise<void> {
  await owner.query(
    `insert into events (position, version, recorded_at, occurred_at, schema_version, slice, event_id, stream, category, type,
                         correlation_id, actor, tenant, leaf, data, metadata)
     select p, version, at, at, 1, (hashtextextended(stream, 0) & 1023)::smallint, id, stream, category, type, correlation, actor,
            tenant, leaf_hash(p, id, stream, version, type, 1, us, us, correlation, null, actor, tenant, data, null), data::json, null
       from (select p, n, id, version, at, category || '-' || lpad(n::text, 8, '0') as stream, category, 'flow-' || (p / 5) as correlation,
                    (extract(epoch from at) * 1000000)::bigint as us,
                    case when p % 10000 = 0 then 'OrderReturned' when p % 2 = 0 then 'ItemAdded' when p % 10 = 1 then 'OrderPlaced'
                         else 'PaymentCaptured' end as type,
                    case when p % 100000 = 7 then 'auditor' else 'bench' end as actor,
                    case when p % 1000 = 3 then 'north' end as tenant,
                    '{"customerId":"c-' || p % 5000 || '","totalCents":' || p % 90000 || ',"note":"' || repeat('n', 240) || '"}' as data
               from (select p, 1 + (p - 1) % $1::bigint as n, 1 + (p - 1) / $1::bigint as version, gen_random_uuid() as id,
                            timestamptz '2026-01-01' + p * interval '1 second' as at
                       from generate_series($2::bigint, $3::bigint) as p) numbered
              cross join lateral (select case when n % 10 < 7 then 'order' when n % 10 < 9 then 'inventory' else 'account' end as category) named
            ) made
      order by p`,
    [streams, first, last],
  );
}

/** Makes indexes, two at a time: the server has more memory for each than for all at once. */
async function indexed(owner: pg.Pool, definitions: readonly string[]): Promise<void> {
  const left = [...definitions];
  const make = async () => {
    const client = await owner.connect();
    try {
      await client.query("set maintenance_work_mem = '1GB'");
      for (let next = left.shift(); next !== undefined; next = left.shift()) await client.query(next);
    } finally {
      client.release(true);
    }
  };
  await Promise.all([make(), make()]);
}
