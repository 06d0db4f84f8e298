import type pg from "pg";

/** How long samples are kept, in minutes: the rate is read over the last two, the page shows all. */
const KEPT_MINUTES = 10;

/** Writes where each held run stands now, and drops samples that are too old to say anything about its rate. */
export async function sampleRuns(
  pool: pg.Pool,
  runs: readonly { readonly id: bigint; readonly epoch: bigint }[],
): Promise<void> {
  if (runs.length === 0) return;
  await pool.query({
    name: "sample_runs",
    text: `with dropped as (
             delete from run_samples where run = any ($1) and at < clock_timestamp() - make_interval(mins => $3)
           )
           insert into run_samples (run, phase, done, total)
             select r.id, r.phase, r.done, r.total
               from unnest($1::bigint[], $2::bigint[]) as mine(id, epoch) join runs r on r.id = mine.id and r.epoch = mine.epoch
           on conflict (run, at) do nothing`,
    values: [runs.map(({ id }) => id), runs.map(({ epoch }) => epoch), KEPT_MINUTES],
  });
}
