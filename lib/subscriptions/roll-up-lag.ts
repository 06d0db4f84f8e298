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

/** SQL of what was committed in the stretches that are due, and how long its batches worked: p50, p95 and p99. */
const worked = (seconds: number) => `
  worked as (
    select b.consumer, ${inStretch("b.committed_at", seconds)} as at, sum(b.events) as events,
           percentile_cont(array[0.5, 0.95, 0.99]) within group (order by (extract(epoch from b.committed_at - b.read_at) * 1000)::float8) as ms
      from due join consumer_batches b on b.committed_at >= due.first and b.committed_at < due.until
      join consumers c on c.name = b.consumer and c.generation = b.generation group by 1, 2
  )`;

const COLUMNS =
  "consumer, seconds, at, age_ms, events, behind, handled, working_p50_ms, working_p95_ms, working_p99_ms";

const MINUTES = `
  with ${due(60, "select min(at) from lag_samples")},
  sampled as (
    select s.consumer, ${inStretch("s.at", 60)} as at, max(s.age_ms) as age_ms, max(s.events) as events,
           (array_agg(s.events order by s.at desc))[1] as behind
      from due join lag_samples s on s.at >= due.first and s.at < due.until group by 1, 2
  ), ${worked(60)}
  insert into lag_history (${COLUMNS})
    select s.consumer, 60, s.at, s.age_ms, s.events, s.behind, coalesce(w.events, 0), w.ms[1], w.ms[2], w.ms[3]
      from sampled s left join worked w on w.consumer = s.consumer and w.at = s.at
  on conflict do nothing`;

// Percentiles of minutes cannot be summed up: those of an hour are taken from its batches.
const HOURS = `
  with ${due(3600, "select min(at) from lag_history where seconds = 60")},
  summed as (
    select m.consumer, ${inStretch("m.at", 3600)} as at, max(m.age_ms) as age_ms, max(m.events) as events,
           (array_agg(m.behind order by m.at desc))[1] as behind, sum(m.handled) as handled
      from due join lag_history m on m.seconds = 60 and m.at >= due.first and m.at < due.until group by 1, 2
  ), ${worked(3600)}
  insert into lag_history (${COLUMNS})
    select s.consumer, 3600, s.at, s.age_ms, s.events, s.behind, s.handled, w.ms[1], w.ms[2], w.ms[3]
      from summed s left join worked w on w.consumer = s.consumer and w.at = s.at
  on conflict do nothing`;
