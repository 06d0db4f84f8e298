import type { ReadDatabase } from "@/lib/db/read-database";

/**
 * What one consumer did with one event. `done`: its batch was committed (`batch` null when the record is no longer kept, or a rebuild replayed it);
 * `inline`: written in the append's own transaction; `waiting`: not reached yet; `unknown`: nobody holds the partition,
 * so nothing can be said about when; `parked`: set aside because it failed; `blocked`: waits behind one of its stream that is;
 * `skipped`: given up by an operator.
 */
export type ConsumerStep = {
  readonly consumer: string;
  readonly kind: "projection" | "process";
  readonly state: "done" | "waiting" | "inline" | "unknown" | "parked" | "blocked" | "skipped";
  /** The dead letter that explains it, open or closed; null for nearly every event. */
  readonly letter: LetterOfStep | null;
  /** The consumer's own switch, so that a page can say "waiting, because paused". */
  readonly consumerState: "running" | "paused";
  /** From the recording of the event to its reading by a worker; for `waiting`, up to now. Milliseconds, µs precision. */
  readonly waitingMs: number | null;
  /** From the reading of the batch to its commit; milliseconds, µs precision. */
  readonly workingMs: number | null;
  readonly readAt: string | null;
  readonly committedAt: string | null;
  readonly partition: number;
  readonly worker: string | null;
  /** The trace context of the batch's span; null when it had none or its record is no longer kept. */
  readonly traceparent: string | null;
  readonly batch: {
    readonly id: string;
    readonly events: number;
    readonly fromPosition: string;
    readonly toPosition: string;
  } | null;
  /** The last error of the partition, when it stands before this event. */
  readonly error: string | null;
};

/** A dead letter as a step names it; `closedAt` is when a retry or skip took effect. */
type LetterOfStep = {
  readonly id: string;
  readonly group: string;
  readonly state: string;
  readonly attempts: number;
  readonly closedAt: string | null;
};

/** Every consumer's step with an event, named by the event's position. */
export type ConsumerStepAt = ConsumerStep & { readonly position: string };

type StepRecord = {
  readonly position: bigint;
  readonly name: string;
  readonly kind: "projection" | "process";
  readonly mode: "async" | "inline";
  readonly state: "running" | "paused";
  readonly partition: number | null;
  readonly reached: boolean | null;
  readonly owned: boolean | null;
  readonly failure: string | null;
  readonly now_ms: number;
  readonly batch_id: bigint | null;
  readonly events: number | null;
  readonly from_position: bigint | null;
  readonly to_position: bigint | null;
  readonly read_at: string | null;
  readonly committed_at: string | null;
  readonly worker: string | null;
  readonly batch_traceparent: string | null;
  readonly waiting_ms: number | null;
  readonly working_ms: number | null;
  readonly letter: bigint | null;
  readonly letter_group: string | null;
  readonly letter_state: string | null;
  readonly letter_position: bigint | null;
  readonly letter_attempts: number | null;
  readonly letter_error: string | null;
  readonly letter_closed_at: string | null;
  readonly letter_outcome: "retried" | "skipped" | null;
  readonly letter_ms: number | null;
};

/**
 * What every consumer that handles an event did with it, from the batch records, without sampling: an event at p was
 * handled by the batch of its slice's partition with from < p <= to. Ordered by position, then by consumer.
 */
export async function consumerSteps(reads: ReadDatabase, positions: readonly bigint[]): Promise<ConsumerStepAt[]> {
  if (positions.length === 0) return [];
  const records = await reads.query<StepRecord>(
    `select e.position, c.name, c.kind, c.mode, c.state, p.partition, p.checkpoint >= e.position as reached,
            p.lease_expires_at > clock_timestamp() as owned, p.error::text as failure,
            (extract(epoch from clock_timestamp() - e.recorded_at) * 1000)::float8 as now_ms,
            b.id as batch_id, b.events, b.from_position, b.to_position, b.read_at, b.committed_at, b.worker, b.traceparent as batch_traceparent,
            (extract(epoch from b.read_at - e.recorded_at) * 1000)::float8 as waiting_ms,
            (extract(epoch from b.committed_at - b.read_at) * 1000)::float8 as working_ms,
            d.id as letter, d.fingerprint as letter_group, d.state as letter_state, d.position as letter_position,
            d.attempts as letter_attempts, d.error->>'message' as letter_error, d.closed_at as letter_closed_at, d.outcome as letter_outcome,
            (extract(epoch from d.closed_at - e.recorded_at) * 1000)::float8 as letter_ms
       from unnest($1::bigint[]) as wanted(position)
       join events e on e.position = wanted.position
       join consumers c on e.type = any (c.types)
       left join consumer_partitions p on p.consumer = c.name and p.generation = c.generation and e.slice >= p.slice_from and e.slice < p.slice_to
       left join lateral (
         select reached.* from (
             select p.partition
             union all select f.partition from former_partitions f
              where f.consumer = c.name and f.generation = c.generation and e.slice >= f.slice_from and e.slice < f.slice_to) part
           cross join lateral (
             select reaching.* from consumer_batches reaching
              where c.mode = 'async' and reaching.consumer = c.name and reaching.generation = c.generation and reaching.partition = part.partition
                and reaching.to_position >= e.position
              order by reaching.to_position, reaching.id limit 1) reached
          where reached.from_position < e.position limit 1) b on true
       left join lateral (
         select l.* from dead_letters l
          where c.mode = 'async' and l.stream = e.stream and l.consumer = c.name and l.generation = c.generation
            and (l.position = e.position or (l.blocks and l.position < e.position
                 and case when l.closed_at is null then e.version > coalesce(l.through, 0) else e.version <= l.through end))
          order by l.closed_at nulls first, l.position desc limit 1) d on true
      order by e.position, c.name`,
    [positions],
  );
  return records.map(toStep);
}

function toStep(record: StepRecord): ConsumerStepAt {
  const done = record.batch_id !== null || record.reached === true;
  const alive = record.partition !== null && (record.owned === true || record.state === "paused");
  const state =
    record.mode === "inline" ? "inline" : (asideState(record) ?? (done ? "done" : alive ? "waiting" : "unknown"));
  const open = state !== "inline" && state !== "done" && state !== "skipped";
  // Applied by a retry: its time is the retry's, not that of the batch that passed it over.
  const late = state === "done" && record.letter_closed_at !== null;
  return {
    position: String(record.position),
    consumer: record.name,
    kind: record.kind,
    state,
    consumerState: record.state,
    waitingMs: state === "inline" ? 0 : atLeastZero(open ? record.now_ms : late ? record.letter_ms : record.waiting_ms),
    workingMs: state === "inline" ? 0 : open || late || state === "skipped" ? null : atLeastZero(record.working_ms),
    readAt: record.read_at,
    committedAt: late ? record.letter_closed_at : open ? null : record.committed_at,
    partition: record.partition ?? 0,
    worker: record.worker,
    traceparent: record.batch_traceparent,
    batch:
      record.batch_id === null || record.letter !== null
        ? null
        : {
            id: String(record.batch_id),
            events: record.events ?? 0,
            fromPosition: String(record.from_position),
            toPosition: String(record.to_position),
          },
    error:
      record.letter === null
        ? open && record.failure !== null
          ? errorText(record.failure)
          : null
        : letterError(record),
    letter:
      record.letter === null
        ? null
        : {
            id: String(record.letter),
            group: record.letter_group ?? "",
            state: record.letter_state ?? "",
            attempts: record.letter_attempts ?? 0,
            closedAt: record.letter_closed_at,
          },
  };
}

/** What a dead letter makes of the step, if anything: the event itself is set aside, or one of its stream before it. */
function asideState(record: StepRecord): "parked" | "blocked" | "skipped" | undefined {
  if (record.letter === null) return undefined;
  const own = record.letter_position === record.position;
  if (own && record.letter_outcome === "skipped") return "skipped";
  if (record.letter_closed_at !== null) return undefined;
  if (own) return record.letter_outcome === null ? "parked" : undefined;
  return "blocked";
}

function letterError({ letter_position, position, letter_closed_at, letter_error }: StepRecord): string | null {
  return letter_closed_at === null && letter_position === position ? letter_error : null;
}

/** The message of a partition's stored error, whatever its form. */
export function errorText(stored: string): string {
  const parsed: unknown = JSON.parse(stored);
  if (typeof parsed === "object" && parsed !== null && "message" in parsed) return String(parsed.message);
  return typeof parsed === "string" ? parsed : stored;
}

/** The database's clock may step back between recording and reading; a time span may not be negative for that. */
function atLeastZero(ms: number | null): number | null {
  return ms === null ? null : Math.max(0, Math.round(ms * 1000) / 1000);
}
