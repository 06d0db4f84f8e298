import type pg from "pg";

/**
 * Fills an empty store with `events` events in a tenth as many streams, past the append function: browsing is measured
 * here, not writing. Categories and types are as uneven as in life: one type is every second event, one is one in 10,000.
 */
export async function fillStore(owner: pg.Pool, events: number): Promise<void> {
  const streams = Math.floor(events / 10);
  await owner.query(
    `insert into streams (stream, category, slice, version, first_position, last_position, bytes)
     select category || '-' || lpad(n::text, 8, '0'), category, (hashtextextended(n::text, 0) & 1023)::smallint, 10, n,
            n + 9 * $1::bigint, 3030
       from (select n, case when n % 10 < 7 then 'order' when n % 10 < 9 then 'inventory' else 'account' end as category
               from generate_series(1, $1::bigint) as n) as numbered`,
    [streams],
  );
  await owner.query(
    `insert into events (position, version, recorded_at, occurred_at, schema_version, slice, event_id, stream, category, type,
                         correlation_id, actor, leaf, data, metadata)
     select p, 1 + (p - 1) / $1, at, at, 1, s.slice, gen_random_uuid(), s.stream, s.category,
            case when p % 10000 = 0 then 'OrderReturned' when p % 2 = 0 then 'ItemAdded' when p % 10 = 1 then 'OrderPlaced'
                 else 'PaymentCaptured' end,
            'flow-' || (p / 5), 'bench', sha256(p::text::bytea),
            json_build_object('customerId', 'c-' || p % 5000, 'totalCents', p % 90000, 'note', repeat('n', 240)), null
       from generate_series(1, $2::bigint) as p
       join streams s on s.first_position = 1 + (p - 1) % $1
       cross join lateral (select timestamptz '2026-01-01' + p * interval '1 second' as at) as clock
      order by p`,
    [streams, events],
  );
  await owner.query("select setval('position_seq', $1)", [events]);
  await owner.query(
    "update high_water set position = $1, moved_at = clock_timestamp(), checked_at = clock_timestamp(), agent = 'bench'",
    [events],
  );
  await owner.query("vacuum (analyze) events");
  await owner.query("vacuum (analyze) streams");
}
