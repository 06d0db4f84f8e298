import type pg from "pg";

/** Samples and batch records of a stretch are all there so long after its end. */
const SETTLED = "interval '10 seconds'";

/**
 * Sums up what was sampled of every consumer's lag: minutes out of the seconds, hours out of the minutes, each stretch
 * once and only when it is over. Takes up where it stopped, however long ago; what is kept of the finer bounds the work.
 */
export async function rollUpLag(pool: pg.Pool): Promise<void> {
  await pool.query({ name: "roll_up_minutes", text: MINUTES });
  await pool.query({ name: "roll_up_hours", text: HOURS });
}

/** The beginning of the stretch that a time is in, as SQL. */
const inStretch = (time: string, seconds: number) =>
  `to_timestamp(floor(extract(epoch from ${time}) / ${seconds}) * ${seconds})`;

/**
 * SQL of the stretches that are over and not summed up yet, no row where there are none; `from` is asked when none was ever
 * summed up.
 */
const due = (seconds: number, from: string) => `
  due as (
    select first, until
      from (select coalesce((select max(at) + interval '${seconds} seconds' from lag_history where seconds = ${seconds}),
                            ${inStretch(`(${from})`, seconds)}) as first,
                   ${inStretch(`clock_timestamp() - ${SETTLED}`, seconds)} as until) bounds
     where first < until
  )`;

const MINUTES = `
  with ${due(60, "select min(at) from lag_samples")},
  sampled as (
    select s.consumer, ${inStretch("s.at", 60)} as at, max(s.age_ms) as age_ms, max(s.events) as events,
           (array_agg(s.events order by s.at desc))[1] as behind
      from due join lag_samples s on s.at >= due.first and s.at < due.until group by 1, 2
  ), handled as (
    select b.consumer, ${inStretch("b.committed_at", 60)} as at, sum(b.events) as events
      from due join consumer_batches b on b.committed_at >= due.first and b.committed_at < due.until
      join consumers c on c.name = b.consumer and c.generation = b.generation group by 1, 2
  )
  insert into lag_history (consumer, seconds, at, age_ms, events, behind, handled)
    select s.consumer, 60, s.at, s.age_ms, s.events, s.behind, coalesce(h.events, 0)
      from sampled s left join handled h on h.consumer = s.consumer and h.at = s.at
  on conflict do nothing`;

const HOURS = `
  with ${due(3600, "select min(at) from lag_history where seconds = 60")}
  insert into lag_history (consumer, seconds, at, age_ms, events, behind, handled)
    select m.consumer, 3600, ${inStretch("m.at", 3600)}, max(m.age_ms), max(m.events),
           (array_agg(m.behind order by m.at desc))[1], sum(m.handled)
      from due join lag_history m on m.seconds = 60 and m.at >= due.first and m.at < due.until group by 1, 3
  on conflict do nothing`;
