import type { QueryContext } from "@/lib/queries/query-context";

/** Events that were set aside at a past moment, of one consumer. */
export type LettersThen = {
  readonly consumer: string;
  readonly count: number;
  /** Whether there were more: counting stopped. */
  readonly more: boolean;
  readonly streams: number;
  /** Since when the oldest of them was set aside. */
  readonly since: string;
};

/** Letters that are looked at, of those that are still open and of those that were closed since. */
const LETTERS_MAX = 10_000;

/** Dead letters of then, the most first. Those that were closed longer than 90 days ago are not kept. */
export async function lettersThen({ reads }: QueryContext, at: string): Promise<readonly LettersThen[]> {
  const rows = await reads.query<Omit<LettersThen, "more"> & { looked: number }>(
    `with looked as (
       (select d.consumer, d.generation, d.stream, d.first_at from dead_letters d where d.closed_at is null order by d.id limit ${LETTERS_MAX})
       union all
       (select d.consumer, d.generation, d.stream, d.first_at from dead_letters d where d.closed_at > $1::timestamptz
         order by d.closed_at limit ${LETTERS_MAX})
     )
     select l.consumer, count(*)::int as count, count(distinct l.stream)::int as streams, min(l.first_at) as since,
            (select count(*) from looked)::int as looked
       from looked l where l.first_at <= $1::timestamptz group by 1 order by 2 desc, 1`,
    [at],
  );
  return rows.map(({ looked, ...row }) => ({ ...row, more: looked >= LETTERS_MAX }));
}

/** A run that was under way at a past moment. */
export type RunThen = {
  readonly id: string;
  readonly kind: string;
  readonly subject: string | null;
  readonly requestedBy: string;
  readonly startedAt: string;
  /** How it ended since; null while it has not. */
  readonly ended: string | null;
};

const RUNS_MAX = 50;
/** Runs that ended after the moment are looked at up to here. */
const ENDED_MAX = 1_000;

/** Runs that had begun and not ended, newest first. What they were at then is not kept. */
export async function runsThen({ reads }: QueryContext, at: string): Promise<readonly RunThen[]> {
  return await reads.query<RunThen>(
    `select r.id::text as id, r.kind, r.subject, r.requested_by as "requestedBy", r.started_at as "startedAt",
            case when r.ended_at is null then null else r.state end as ended
       from (select * from runs live where live.ended_at is null
             union all
             (select * from runs over where over.ended_at > $1::timestamptz order by over.ended_at limit ${ENDED_MAX})) r
      where r.started_at <= $1::timestamptz order by r.id desc limit ${RUNS_MAX}`,
    [at],
  );
}

/** How many workers were at work; null where that is not kept any more, a day later. */
export async function workersThen({ reads }: QueryContext, at: string): Promise<number | null> {
  const [row] = await reads.query<{ alive: number | null }>(
    `select case when $1::timestamptz > clock_timestamp() - interval '1 day' then (
              select count(*)::int from workers w where w.started_at <= $1::timestamptz
                 and (w.stopped_at is null or w.stopped_at > $1::timestamptz)
                 and w.seen_at > $1::timestamptz - interval '10 seconds') end as alive`,
    [at],
  );
  return row?.alive ?? null;
}
