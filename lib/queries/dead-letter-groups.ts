import { NotFound } from "@/lib/kernel/errors";
import { checkLimit, checkText, checkTime, invalid } from "@/lib/queries/check-input";
import { type Counted, checkGroup, type FailureShown } from "@/lib/queries/dead-letters";
import { type Arrivals, letterArrivals } from "@/lib/queries/letter-arrivals";
import { type CareRecord, careColumns, type LetterCare, letterCare } from "@/lib/queries/letter-care";
import type { QueryContext } from "@/lib/queries/query-context";
import { snoozedSql } from "@/lib/subscriptions/snoozed-letters";

/** Open letters with one cause: the same consumer, error type, top frame, event type and payload path. */
export type DeadLetterGroup = LetterCare & {
  readonly group: string;
  readonly consumer: string;
  readonly type: string;
  /** The error of the newest of them. */
  readonly error: FailureShown;
  readonly count: number;
  /** How many of them are still tried again by themselves, wait for an operator, or catch up. */
  readonly retrying: number;
  readonly parked: number;
  readonly draining: number;
  /** How many an operator has ordered to be retried or skipped. */
  readonly ordered: number;
  readonly streams: number;
  readonly blocked: Counted;
  readonly firstAt: string;
  readonly lastAt: string;
  /** The build of the newest failure. */
  readonly build: string;
  readonly arrivals: Arrivals | null;
};

/** One page of groups: those that nobody has snoozed before the others, the newest failure first. */
export type DeadLetterGroupsPage = { readonly groups: readonly DeadLetterGroup[]; readonly next: string | null };

/** What a page of groups is asked by; `cursor` is the `next` of the page before. */
export type DeadLetterGroupsRequest = {
  readonly consumer?: string | undefined;
  readonly assignee?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
};

/** What is blocked is counted behind so many letters of a group, and up to so many events behind each. */
const LETTERS_COUNTED = 50;
const EVENTS_COUNTED = 100;

/** Lists the groups of open letters. Throws `InvalidRequest`. */
export async function listDeadLetterGroups(
  context: QueryContext,
  page: DeadLetterGroupsRequest,
): Promise<DeadLetterGroupsPage> {
  const limit = checkLimit(page.limit);
  if (page.consumer !== undefined) checkText(page.consumer, "consumer");
  if (page.assignee !== undefined) checkText(page.assignee, "assignee");
  const { consumer, assignee, cursor } = page;
  const groups = await readGroups(context, { consumer, assignee, after: cursorOf(cursor), limit: limit + 1 });
  const shown = groups.slice(0, limit);
  const last = shown.at(-1);
  const next = last && `${last.snoozed ? "snoozed" : "open"}~${last.lastAt}~${last.group}`;
  return { groups: shown, next: groups.length > limit && next ? next : null };
}

/** One group. Throws `NotFound` when none of its letters is open any more. */
export async function deadLetterGroup(context: QueryContext, group: string): Promise<DeadLetterGroup> {
  const [found] = await readGroups(context, { group: checkGroup(group), limit: 1 });
  if (!found) throw new NotFound("group of dead letters", group);
  return found;
}

type Cursor = { readonly snoozed: boolean; readonly at: string; readonly group: string };

function cursorOf(cursor: string | undefined): Cursor | undefined {
  if (cursor === undefined) return undefined;
  const [place, at, group, ...rest] = cursor.split("~");
  if ((place !== "open" && place !== "snoozed") || at === undefined || group === undefined || rest.length > 0)
    throw invalid("cursor", "must be the `next` of a page");
  return { snoozed: place === "snoozed", at: checkTime(at, "cursor"), group: checkGroup(group) };
}

type GroupRecord = CareRecord & {
  readonly fingerprint: string;
  readonly consumer: string;
  readonly type: string;
  readonly error: string;
  readonly count: number;
  readonly retrying: number;
  readonly parked: number;
  readonly draining: number;
  readonly ordered: number;
  readonly streams: number;
  readonly blocked: number;
  readonly more: boolean;
  readonly first_at: string;
  readonly last_at: string;
  readonly build: string;
};

// A breaker bounds the open letters of each consumer, so that all of them can be looked at; events are not.
const SQL = `
  select g.*, newest.error::text as error, newest.build, coalesce(b.blocked, 0)::int as blocked, ${careColumns}, care.snoozed,
         g.count > ${LETTERS_COUNTED} or coalesce(b.full, false) as more
    from (
      select fingerprint, consumer, type, count(*)::int as count, count(*) filter (where state = 'retrying')::int as retrying,
             count(*) filter (where state = 'parked')::int as parked, count(*) filter (where state = 'draining')::int as draining,
             count(*) filter (where wanted is not null)::int as ordered, count(distinct stream)::int as streams,
             min(first_at) as first_at, max(last_at) as last_at, max(id) as newest
        from dead_letters
       where closed_at is null and ($1::text is null or consumer = $1) and ($2::text is null or fingerprint = $2)
       group by 1, 2, 3
    ) g
    join dead_letters newest on newest.id = g.newest
    left join dead_letter_groups s on s.fingerprint = g.fingerprint
   cross join lateral (select ${snoozedSql("g.first_at")} as snoozed) care
    left join lateral (
      select sum(least(waiting.events, ${EVENTS_COUNTED})) as blocked, bool_or(waiting.events > ${EVENTS_COUNTED}) as full
        from (select * from dead_letters d where d.fingerprint = g.fingerprint and d.closed_at is null and d.blocks
               order by d.id limit ${LETTERS_COUNTED}) d
        join consumer_generations c on c.consumer = d.consumer and c.generation = d.generation
        join consumer_partitions p on p.consumer = d.consumer and p.generation = d.generation
             and d.slice >= p.slice_from and d.slice < p.slice_to
       cross join lateral (
         select count(*) as events from (
           select from events e where e.stream = d.stream and e.version > coalesce(d.through, d.version)
              and e.position <= p.checkpoint and e.type = any (c.types) limit ${EVENTS_COUNTED + 1}) counted
       ) waiting
    ) b on true
   where ($3::text is null or (s.assignee = $3 and s.assigned_at >= g.first_at))
     and ($5::timestamptz is null or (not care.snoozed, g.last_at, g.fingerprint) < (not $4::boolean, $5, $6::text))
   order by not care.snoozed desc, g.last_at desc, g.fingerprint desc limit $7::int`;

type Wanted = {
  readonly consumer?: string | undefined;
  readonly group?: string | undefined;
  readonly assignee?: string | undefined;
  readonly after?: Cursor | undefined;
  readonly limit: number;
};

async function readGroups(context: QueryContext, wanted: Wanted): Promise<DeadLetterGroup[]> {
  const { consumer = null, group = null, assignee = null, after, limit } = wanted;
  const place = [after?.snoozed ?? null, after?.at ?? null, after?.group ?? null];
  const records = await context.reads.query<GroupRecord>(SQL, [consumer, group, assignee, ...place, limit]);
  const arrivals = await letterArrivals(
    context,
    records.map(({ fingerprint }) => fingerprint),
  );
  return records.map((record) => ({
    group: record.fingerprint,
    consumer: record.consumer,
    type: record.type,
    error: JSON.parse(record.error) as FailureShown,
    count: record.count,
    retrying: record.retrying,
    parked: record.parked,
    draining: record.draining,
    ordered: record.ordered,
    streams: record.streams,
    blocked: { count: record.blocked, more: record.more },
    firstAt: record.first_at,
    lastAt: record.last_at,
    build: record.build,
    arrivals: arrivals.get(record.fingerprint) ?? null,
    ...letterCare(record, record.first_at),
  }));
}
