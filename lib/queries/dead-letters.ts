import { NotFound } from "@/lib/kernel/errors";
import { checkLimit, checkPosition, checkText, invalid } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";
import { snoozedFingerprintsSql } from "@/lib/subscriptions/snoozed-letters";

/** A number that was counted up to a bound; `more` says that there are more. */
export type Counted = { readonly count: number; readonly more: boolean };

/** An event that a consumer could not apply, as lists show it. */
export type DeadLetterRow = {
  readonly id: string;
  readonly group: string;
  readonly consumer: string;
  readonly generation: number;
  readonly stream: string;
  readonly version: number;
  readonly position: string;
  readonly eventId: string;
  readonly type: string;
  /** retrying: tried again by itself · parked: waits for an operator · draining: done, its stream catches up · retried, skipped: closed. */
  readonly state: "retrying" | "parked" | "draining" | "retried" | "skipped";
  /** Whether the later events of its stream wait behind it, and how many do now. */
  readonly blocks: boolean;
  readonly blocked: Counted;
  readonly attempts: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly nextAttemptAt: string | null;
  readonly error: FailureShown;
  /** The build whose code failed last. */
  readonly build: string;
  /** What an operator has ordered and nobody has carried out yet, or what became of it. */
  readonly wanted: "retry" | "skip" | null;
  readonly wantedBy: string | null;
  readonly wantedAt: string | null;
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly closedAt: string | null;
};

/** An error without any value of the payload. `path` is where in the payload it arose, when it says so. */
export type FailureShown = {
  readonly name: string;
  readonly message: string;
  readonly topFrame: string | null;
  readonly stack: string | null;
  readonly path: string | null;
};

/** One page of letters in the order in which they were set aside. */
export type DeadLettersPage = { readonly letters: readonly DeadLetterRow[]; readonly next: string | null };

/** What a page of letters is asked by; `cursor` is the `next` of the page before. */
export type DeadLettersRequest = {
  readonly consumer?: string | undefined;
  readonly group?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
};

/** What waits behind one letter is counted up to here. */
const BLOCKED_MAX = 100;

/** Lists open letters, oldest first, of all consumers, of one, or of one group. Throws `InvalidRequest`. */
export async function listDeadLetters(context: QueryContext, page: DeadLettersRequest): Promise<DeadLettersPage> {
  const limit = checkLimit(page.limit);
  const cursor = page.cursor === undefined ? 0n : checkPosition(page.cursor, "cursor");
  if (page.consumer !== undefined) checkText(page.consumer, "consumer");
  if (page.group !== undefined) checkGroup(page.group);
  const records = await context.reads.query<LetterRecord>(
    `${LETTER_SQL} where d.closed_at is null and d.id > $1 and ($2::text is null or d.consumer = $2)
        and ($3::text is null or d.fingerprint = $3) order by d.id limit $4::int`,
    [cursor, page.consumer ?? null, page.group ?? null, limit + 1],
  );
  const letters = records.slice(0, limit).map(toLetter);
  return { letters, next: records.length > limit ? (letters.at(-1)?.id ?? null) : null };
}

/** The oldest of some letters, by id or of a group, that nobody has told yet what to do, at most `limit`. */
export async function untoldLetters(
  { reads }: QueryContext,
  {
    ids,
    group,
    limit,
  }: { readonly ids: readonly string[] | undefined; readonly group: string | undefined; readonly limit: number },
): Promise<readonly DeadLetterRow[]> {
  const records = await reads.query<LetterRecord>(
    `${LETTER_SQL} where d.closed_at is null and d.outcome is null and d.wanted is null and ($1::bigint[] is null or d.id = any ($1))
        and ($2::text is null or d.fingerprint = $2) order by d.id limit $3::int`,
    [ids ?? null, group ?? null, limit],
  );
  return records.map(toLetter);
}

/** One letter, open or closed. Throws `NotFound`. */
export async function deadLetter(context: QueryContext, id: string): Promise<DeadLetterRow> {
  const [record] = await context.reads.query<LetterRecord>(`${LETTER_SQL} where d.id = $1`, [checkLetterId(id)]);
  if (!record) throw new NotFound("dead letter", id);
  return toLetter(record);
}

/** Open letters by what they ask of people, counted up to a bound, and when the last one was closed. */
export type LettersOpen = Counted & {
  /** Those that wait for an operator, and those that are tried again by themselves or catch up: of what nobody has snoozed. */
  readonly parked: number;
  readonly retrying: number;
  readonly snoozed: number;
  readonly lastClosedAt: string | null;
};

/** How many letters are open, for a badge. */
export async function countDeadLetters({ reads }: QueryContext): Promise<LettersOpen> {
  const [row] = await reads.query<{
    open: number;
    parked: number;
    retrying: number;
    snoozed: number;
    closed_at: string | null;
  }>(
    `select count(*)::int as open, count(*) filter (where not asleep and state = 'parked')::int as parked,
            count(*) filter (where not asleep and state <> 'parked')::int as retrying, count(*) filter (where asleep)::int as snoozed,
            (select max(closed_at) from dead_letters where closed_at is not null) as closed_at
       from (select d.state, z.fingerprint is not null as asleep from dead_letters d
               left join (${snoozedFingerprintsSql}) z on z.fingerprint = d.fingerprint
              where d.closed_at is null limit $1) open`,
    [COUNT_MAX + 1],
  );
  if (!row) return { count: 0, more: false, parked: 0, retrying: 0, snoozed: 0, lastClosedAt: null };
  const { open, parked, retrying, snoozed, closed_at: lastClosedAt } = row;
  return { count: Math.min(open, COUNT_MAX), more: open > COUNT_MAX, parked, retrying, snoozed, lastClosedAt };
}

const COUNT_MAX = 999;

/** Reads a letter's id; `DL-31` and `31` are the same. Throws `InvalidRequest`. */
function checkLetterId(text: string): bigint {
  return checkPosition(text.replace(/^DL-/i, ""), "id");
}

/** Refuses what cannot be the name of a group. */
export function checkGroup(text: string): string {
  if (/^[0-9a-f]{12}$/.test(text)) return text;
  throw invalid("group", "must be the name of a group: 12 hex digits");
}

type LetterRecord = {
  readonly id: bigint;
  readonly fingerprint: string;
  readonly consumer: string;
  readonly generation: number;
  readonly stream: string;
  readonly version: bigint;
  readonly position: bigint;
  readonly event_id: string;
  readonly type: string;
  readonly state: DeadLetterRow["state"];
  readonly blocks: boolean;
  readonly blocked: number;
  readonly attempts: number;
  readonly first_at: string;
  readonly last_at: string;
  readonly next_attempt_at: string | null;
  readonly error: string;
  readonly build: string;
  readonly wanted: "retry" | "skip" | null;
  readonly wanted_by: string | null;
  readonly wanted_at: string | null;
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly closed_at: string | null;
};

// What is blocked stands in the log and is counted there: above the letter, up to the checkpoint of its partition.
const LETTER_SQL = `
  select d.*, d.error::text as error, coalesce(b.blocked, 0)::int as blocked
    from dead_letters d
    join consumer_generations g on g.consumer = d.consumer and g.generation = d.generation
    left join consumer_partitions p on p.consumer = d.consumer and p.generation = d.generation
         and d.slice >= p.slice_from and d.slice < p.slice_to
    left join lateral (
      select count(*) as blocked from (
        select from events e where e.stream = d.stream and e.version > coalesce(d.through, d.version) and e.position <= p.checkpoint
           and e.type = any (g.types) limit ${BLOCKED_MAX + 1}) waiting
    ) b on d.blocks and d.closed_at is null`;

function toLetter(record: LetterRecord): DeadLetterRow {
  return {
    id: String(record.id),
    group: record.fingerprint,
    consumer: record.consumer,
    generation: record.generation,
    stream: record.stream,
    version: Number(record.version),
    position: String(record.position),
    eventId: record.event_id,
    type: record.type,
    state: record.state,
    blocks: record.blocks,
    blocked: { count: Math.min(record.blocked, BLOCKED_MAX), more: record.blocked > BLOCKED_MAX },
    attempts: record.attempts,
    firstAt: record.first_at,
    lastAt: record.last_at,
    nextAttemptAt: record.next_attempt_at,
    error: JSON.parse(record.error) as FailureShown,
    build: record.build,
    wanted: record.wanted,
    wantedBy: record.wanted_by,
    wantedAt: record.wanted_at,
    reason: record.reason,
    ticket: record.ticket,
    closedAt: record.closed_at,
  };
}
