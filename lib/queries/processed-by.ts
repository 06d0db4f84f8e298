import type { ReadDatabase } from "@/lib/db/read-database";

/**
 * What one consumer did with one event. `done`: its batch was committed (`batch` null when the record is no longer kept, or a rebuild replayed it);
 * `inline`: written in the append's own transaction; `waiting`: not reached yet; `unknown`: nobody holds the partition,
 * so nothing can be said about when.
 */
export type ConsumerStep = {
  readonly consumer: string;
  readonly state: "done" | "waiting" | "inline" | "unknown";
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
  readonly batch: {
    readonly id: string;
    readonly events: number;
    readonly fromPosition: string;
    readonly toPosition: string;
  } | null;
  /** The last error of the partition, when it stands before this event. */
  readonly error: string | null;
};

/** Every consumer's step with an event, named by the event's position. */
export type ConsumerStepAt = ConsumerStep & { readonly position: string };

type StepRecord = {
  readonly position: bigint;
  readonly name: string;
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
  readonly waiting_ms: number | null;
  readonly working_ms: number | null;
};

/**
 * What every consumer that handles an event did with it, from the batch records, without sampling: an event at p was
 * handled by the batch of its slice's partition with from < p <= to. Ordered by position, then by consumer.
 */
export async function consumerSteps(reads: ReadDatabase, positions: readonly bigint[]): Promise<ConsumerStepAt[]> {
  const records = await reads.query<StepRecord>(
    `select e.position, c.name, c.mode, c.state, p.partition, p.checkpoint >= e.position as reached,
            p.lease_expires_at > clock_timestamp() as owned, p.error::text as failure,
            (extract(epoch from clock_timestamp() - e.recorded_at) * 1000)::float8 as now_ms,
            b.id as batch_id, b.events, b.from_position, b.to_position, b.read_at, b.committed_at, b.worker,
            (extract(epoch from b.read_at - e.recorded_at) * 1000)::float8 as waiting_ms,
            (extract(epoch from b.committed_at - b.read_at) * 1000)::float8 as working_ms
       from unnest($1::bigint[]) as wanted(position)
       join events e on e.position = wanted.position
       join consumers c on e.type = any (c.types)
       left join consumer_partitions p on p.consumer = c.name and p.generation = c.generation and e.slice >= p.slice_from and e.slice < p.slice_to
       left join lateral (
         select reaching.* from consumer_batches reaching
          where c.mode = 'async' and reaching.consumer = c.name and reaching.generation = c.generation and reaching.partition = p.partition
            and reaching.to_position >= e.position
          order by reaching.to_position, reaching.id limit 1) b on b.from_position < e.position
      order by e.position, c.name`,
    [positions],
  );
  return records.map(toStep);
}

function toStep(record: StepRecord): ConsumerStepAt {
  const done = record.batch_id !== null || record.reached === true;
  const alive = record.partition !== null && (record.owned === true || record.state === "paused");
  const state = record.mode === "inline" ? "inline" : done ? "done" : alive ? "waiting" : "unknown";
  const open = state === "waiting" || state === "unknown";
  return {
    position: String(record.position),
    consumer: record.name,
    state,
    consumerState: record.state,
    waitingMs: state === "inline" ? 0 : open ? atLeastZero(record.now_ms) : atLeastZero(record.waiting_ms),
    workingMs: state === "inline" ? 0 : atLeastZero(record.working_ms),
    readAt: record.read_at,
    committedAt: record.committed_at,
    partition: record.partition ?? 0,
    worker: record.worker,
    batch:
      record.batch_id === null
        ? null
        : {
            id: String(record.batch_id),
            events: record.events ?? 0,
            fromPosition: String(record.from_position),
            toPosition: String(record.to_position),
          },
    error: open && record.failure !== null ? errorText(record.failure) : null,
  };
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
