import type { ReadDatabase } from "@/lib/db/read-database";

/**
 * For each time the first position recorded at or after it (the one after the high-water mark when there is none): a
 * search in the log, and no index on times. Positions and recording times rise together but for the milliseconds between
 * concurrent appends, so allow for those; `times` are ISO 8601.
 *
 * It looks where the time would stand if events came evenly between the two that are known around it, moved towards their
 * middle by the spread that chance gives (so that the next look comes from the other side), and never so far from the middle
 * that a time would need more looks than halving does and four. Of ten million even events it takes 6 looks, not 24.
 * All times take each step together: a recursion of their own for each of them costs more than its looks.
 */
export async function positionsAt(reads: ReadDatabase, times: readonly string[]): Promise<bigint[]> {
  const rows = await reads.query<{ position: bigint }>(
    `with recursive ends as materialized (
       select h.position + 1 as beyond, f.position as first, f.recorded_at as began, l.position as last, l.recorded_at as ended
         from high_water h
         left join lateral (select e.position, e.recorded_at from events e where e.position <= h.position
                             order by e.position limit 1) f on true
         left join lateral (select e.position, e.recorded_at from events e where e.position <= h.position
                             order by e.position desc limit 1) l on true
     ), search(ord, at, low, high, found, earlier, later, room) as (
       select t.ord, t.at,
              case when t.at <= b.began then b.first when t.at <= b.ended then b.first + 1 else b.beyond end,
              case when t.at <= b.began then b.first when t.at <= b.ended then b.last else b.beyond end,
              case when t.at <= b.began then b.first when t.at <= b.ended then b.last else b.beyond end,
              b.began, b.ended, 2 ^ (4 + ceil(log(greatest(1, b.last - b.first)::float8) / log(2::float8)))
         from unnest($1::timestamptz[]) with ordinality as t(at, ord) cross join ends b
       union all
       select s.ord, s.at, case when probe.recorded_at < s.at then probe.position + 1 else s.low end,
              case when probe.recorded_at < s.at then s.high else look.position end,
              case when probe.recorded_at >= s.at then probe.position else s.found end,
              case when probe.recorded_at < s.at then probe.recorded_at else s.earlier end,
              case when probe.recorded_at >= s.at then probe.recorded_at else s.later end, s.room / 2
         from search s
        cross join lateral (select (s.high - s.low)::float8 / 2 as half,
                 coalesce(date_part('epoch', s.at - s.earlier) / nullif(date_part('epoch', s.later - s.earlier), 0), 0.5) as share
               offset 0) known
        cross join lateral (select (2 * known.half + 1) * known.share - 1 - known.half as aside offset 0) guess
        cross join lateral (select greatest(s.low, least(s.high - 1, s.low + floor(known.half + sign(guess.aside) * greatest(0, least(
                 abs(guess.aside) - sqrt(2 * known.half * known.share * (1 - known.share)), s.room / 2 - known.half)))::bigint)) as position
               offset 0) look
         left join lateral (select e.position, e.recorded_at from events e
                             where e.position >= look.position and e.position < s.high order by e.position limit 1) probe on true
        where s.low < s.high
     )
     select s.found as position from search s where s.low >= s.high order by s.ord`,
    [times],
  );
  return rows.map((row) => row.position);
}

/**
 * The position of the first event recorded at or after a time, exactly; the one after the high-water mark when there is
 * none. Appends that ran side by side may have been recorded in another order than that of their positions, by less than
 * `CLOCK_SLACK_MS`, so the search in the log gives the stretch and a walk along the positions the event. `at` is ISO 8601.
 */
export async function positionAtTime(reads: ReadDatabase, at: string): Promise<bigint> {
  const [low = 0n, high = 0n] = await positionsAt(reads, [shifted(at, -CLOCK_SLACK_MS), shifted(at, CLOCK_SLACK_MS)]);
  const [first] = await reads.query<{ position: bigint }>(
    `select e.position from events e where e.position >= $1::bigint and e.position < $2::bigint and e.recorded_at >= $3::timestamptz
      order by e.position limit 1`,
    [low, high, at],
  );
  return first?.position ?? high;
}

/** How far apart in time concurrent appends may be from the order of their positions, in milliseconds. */
export const CLOCK_SLACK_MS = 1_000;

/** `time` moved by `ms`, ISO 8601; not before the year 1000. */
export function shifted(time: string, ms: number): string {
  return new Date(Math.max(Date.parse(time) + ms, FIRST_TIME)).toISOString();
}

const FIRST_TIME = Date.UTC(1000, 0, 1);

/** For each position the first version of a stream at or after it; one more than the last version when there is none. */
export async function versionsAt(reads: ReadDatabase, stream: string, positions: readonly bigint[]): Promise<bigint[]> {
  const rows = await reads.query<{ version: bigint }>(
    `select s.version
       from unnest($2::bigint[]) with ordinality as t(position, ord)
      cross join lateral (
        with recursive search(low, high) as (
          select 1::bigint, coalesce((select version from streams where stream = $1), 0) + 1
          union all
          select case when probe.position < t.position then (search.low + search.high) / 2 + 1 else search.low end,
                 case when probe.position < t.position then search.high else (search.low + search.high) / 2 end
            from search
            left join events probe on probe.stream = $1 and probe.version = (search.low + search.high) / 2
           where search.low < search.high
        )
        select max(low) as version from search) s
      order by t.ord`,
    [stream, positions],
  );
  return rows.map((row) => row.version);
}

/**
 * The version of a stream's last event recorded at or before a time; 0 when there was none. A binary search along its
 * versions, whose recording times rise with them. `at` is ISO 8601.
 */
export async function versionAtTime(reads: ReadDatabase, stream: string, at: string): Promise<number> {
  const [row] = await reads.query<{ version: bigint }>(
    `with recursive search(low, high) as (
       select 0::bigint, coalesce((select version from streams where stream = $1), 0)
       union all
       select case when probe.recorded_at <= $2::timestamptz then (search.low + search.high + 1) / 2 else search.low end,
              case when probe.recorded_at <= $2::timestamptz then search.high else (search.low + search.high + 1) / 2 - 1 end
         from search
         left join events probe on probe.stream = $1 and probe.version = (search.low + search.high + 1) / 2
        where search.low < search.high
     )
     select max(low) as version from search`,
    [stream, at],
  );
  return Number(row?.version ?? 0);
}
