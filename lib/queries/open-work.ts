import type { ReadDatabase } from "@/lib/db/read-database";
import { gauge, type Reading } from "@/lib/queries/gauge";
import type { MetricFamily } from "@/lib/telemetry/metric-family";

/** Counting stops here: what is more than ten thousand is too many, and counting on would cost every scrape. */
const COUNT_MAX = 10_000;

/** What waits for somebody: dead letters, runs and timers that are not done with. */
export async function openWork(reads: ReadDatabase): Promise<readonly MetricFamily[]> {
  const [letters, runs, timers] = await Promise.all([
    reads.query<{ consumer: string; open: number; oldest: number | null }>(
      `select c.name as consumer, l.open::int, l.oldest::float8
         from consumers c cross join lateral (
           select count(*) as open, extract(epoch from clock_timestamp() - min(first_at)) as oldest from (
             select d.first_at from dead_letters d
              where d.consumer = c.name and d.generation = c.generation and d.closed_at is null limit $1) counted) l
        where c.mode = 'async' order by 1`,
      [COUNT_MAX],
    ),
    reads.query<{ kind: string; state: string; count: number }>(
      `select kind, state, count(*)::int as count from (select kind, state from runs where ended_at is null limit $1) live
        group by 1, 2 order by 1, 2`,
      [COUNT_MAX],
    ),
    reads.query<{ process: string; waiting: number; late: number }>(
      `select p.name as process, t.waiting::int, coalesce(greatest(0, t.late), 0)::float8 as late
         from processes p cross join lateral (
           select count(*) as waiting, extract(epoch from clock_timestamp() - min(due_at)) as late from (
             select due_at from process_timers w where w.process = p.name and w.state = 'waiting' order by due_at limit $1) counted) t
        order by 1`,
      [COUNT_MAX],
    ),
  ]);
  return [
    gauge(
      "tidemark.dead_letters.open",
      "{letter}",
      "Dead letters that wait for a retry or a person, counted to 10,000",
      letters.map(({ consumer, open }) => [{ consumer }, open]),
    ),
    gauge(
      "tidemark.dead_letters.oldest",
      "s",
      "Age of the oldest dead letter that is open",
      letters.flatMap(({ consumer, oldest }) =>
        oldest === null ? [] : [[{ consumer }, Math.max(0, oldest)] as Reading],
      ),
    ),
    gauge(
      "tidemark.runs",
      "{run}",
      "Runs that have not ended",
      runs.map(({ kind, state, count }) => [{ kind, state }, count]),
    ),
    gauge(
      "tidemark.process.timers",
      "{timer}",
      "Timers that wait, counted to 10,000",
      timers.map(({ process, waiting }) => [{ process }, waiting]),
    ),
    gauge(
      "tidemark.process.timers.overdue",
      "s",
      "How long the earliest timer is overdue",
      timers.map(({ process, late }) => [{ process }, late]),
    ),
  ];
}
