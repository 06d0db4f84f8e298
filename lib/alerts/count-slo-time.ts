import type pg from "pg";

/** So many samples of a consumer are counted in one step: about two hours. */
const SAMPLES_AT_ONCE = 7_200;
/** How long a sample speaks for what comes after it, in seconds, when no other follows. */
const SPEAKS_FOR_S = 5;

/**
 * Counts from the lag samples how long each consumer was within its objective and over it: minutes from the last counted one
 * on, that one included, then the hours they are in. The same samples always give the same times, so it may be done twice and
 * broken off anywhere. A sample counts until the next one, for 5 s at most: a gap is nobody's good time. A minute in which the lag
 * could not be told has its row, too, with neither: else the next step would read the same samples again, for ever.
 */
export async function countSloTime(pool: pg.Pool): Promise<void> {
  await pool.query({ name: "count_slo_minutes", text: MINUTES, values: [SAMPLES_AT_ONCE, SPEAKS_FOR_S] });
  await pool.query({ name: "count_slo_hours", text: HOURS });
}

const MINUTES = `
  insert into slo_time as t (consumer, width_s, at, good_ms, bad_ms)
    select c.name, 60, part.minute,
           floor(coalesce(sum(part.ms) filter (where part.age_ms <= c.slo_ms), 0))::integer,
           floor(coalesce(sum(part.ms) filter (where part.age_ms > c.slo_ms), 0))::integer
      from consumers c
     cross join lateral (
       select date_trunc('minute', coalesce(
         (select max(k.at) from slo_time k where k.consumer = c.name and k.width_s = 60),
         (select min(s.at) from lag_samples s where s.consumer = c.name))) as at) since
     cross join lateral (
       select minute.at as minute, s.age_ms,
              extract(epoch from least(s.ends, minute.at + interval '1 minute') - greatest(s.at, minute.at)) * 1000 as ms
         from (select first.at, first.age_ms,
                      least(lead(first.at) over (order by first.at), first.at + make_interval(secs => $2), clock_timestamp()) as ends
                 from (select each.at, each.age_ms from lag_samples each
                        where each.consumer = c.name and each.at > since.at - make_interval(secs => $2)
                        order by each.at limit $1) first) s
        cross join lateral (values (date_trunc('minute', s.at)), (date_trunc('minute', s.at) + interval '1 minute')) minute(at)
        where minute.at < s.ends) part
     where c.mode = 'async' and part.minute >= since.at and part.ms > 0
     group by c.name, part.minute
  on conflict (consumer, width_s, at) do update set good_ms = excluded.good_ms, bad_ms = excluded.bad_ms
    where (t.good_ms, t.bad_ms) is distinct from (excluded.good_ms, excluded.bad_ms)`;

// From the hour before the last counted one: minutes of it may have been counted late.
const HOURS = `
  insert into slo_time as t (consumer, width_s, at, good_ms, bad_ms)
    select m.consumer, 3600, date_trunc('hour', m.at), sum(m.good_ms), sum(m.bad_ms)
      from consumers c
     cross join lateral (
       select coalesce((select max(k.at) from slo_time k where k.consumer = c.name and k.width_s = 3600) - interval '1 hour', '-infinity') as at) since
      join slo_time m on m.consumer = c.name and m.width_s = 60 and m.at >= since.at
     group by 1, 3
  on conflict (consumer, width_s, at) do update set good_ms = excluded.good_ms, bad_ms = excluded.bad_ms
    where (t.good_ms, t.bad_ms) is distinct from (excluded.good_ms, excluded.bad_ms)`;
