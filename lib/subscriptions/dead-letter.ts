import type pg from "pg";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { Position } from "@/lib/kernel/position";
import type { Lease } from "@/lib/subscriptions/lease";

/** A dead letter that is open, as the holder of its partition works with it. */
export type DeadLetter = {
  readonly id: bigint;
  readonly stream: string;
  readonly version: number;
  readonly position: Position;
  readonly blocks: boolean;
  readonly attempts: number;
  readonly state: "retrying" | "parked" | "draining";
  readonly wanted: "retry" | "skip" | null;
  readonly outcome: "retried" | "skipped" | null;
  /** The version up to which its stream has been applied since; null while the event itself is not done. */
  readonly through: number | null;
  /** When to try again by itself, in milliseconds of `performance.now()`; null when it waits for an operator. */
  readonly dueAt: number | null;
};

/**
 * The open letters of one held partition. Only the holder of the lease opens, moves and closes letters, so what was read
 * under the lease stays true while it lasts; operators only mark what they want. Read it again after anything fails.
 */
export type DeadLetters = {
  /** Whether an event must wait: its stream is parked before it, or it is set aside itself. */
  readonly holdBack: (event: RecordedEvent) => boolean;
  /** A letter whose turn it is: ordered by an operator, not drained yet, or due to be tried again. */
  readonly due: () => DeadLetter | undefined;
  /** Reads the letters of one stream anew, after they were written. */
  readonly refresh: (stream: string) => Promise<void>;
};

/** Reads the open letters of a partition: of its slices, whoever parked them. */
export async function readDeadLetters(pool: pg.Pool, lease: Lease): Promise<DeadLetters> {
  const letters = new Map<bigint, DeadLetter>();
  /** From which position on a stream is parked. */
  const parked = new Map<string, Position>();
  const alone = new Set<Position>();
  const keep = (letter: DeadLetter) => {
    letters.set(letter.id, letter);
    if (letter.blocks) parked.set(letter.stream, letter.position);
    else alone.add(letter.position);
  };
  for (const letter of await readRows(pool, lease, null)) keep(letter);

  return {
    holdBack(event) {
      if (parked.size > 0) {
        const from = parked.get(event.stream);
        if (from !== undefined && event.position >= from) return true;
      }
      return alone.size > 0 && alone.has(event.position);
    },
    due() {
      const now = performance.now();
      for (const letter of letters.values()) {
        const { wanted, state, dueAt } = letter;
        if (wanted !== null || state === "draining" || (dueAt !== null && dueAt <= now)) return letter;
      }
      return undefined;
    },
    async refresh(stream) {
      const rows = await readRows(pool, lease, stream);
      parked.delete(stream);
      for (const letter of letters.values()) {
        if (letter.stream !== stream) continue;
        letters.delete(letter.id);
        alone.delete(letter.position);
      }
      for (const letter of rows) keep(letter);
    },
  };
}

async function readRows(pool: pg.Pool, lease: Lease, stream: string | null): Promise<DeadLetter[]> {
  const { rows } = await pool.query<Omit<DeadLetter, "dueAt"> & { inMs: number | null }>({
    name: stream === null ? "read_dead_letters" : "read_dead_letters_of_stream",
    text: `select id, stream, version::float8 as version, position, blocks, attempts, state, wanted, outcome, through::float8 as through,
                  extract(epoch from next_attempt_at - clock_timestamp())::float8 * 1000 as "inMs"
             from dead_letters
            where consumer = $1 and generation = $2 and slice >= $3 and slice < $4 and closed_at is null
              ${stream === null ? "" : "and stream = $5"} order by position`,
    values: [
      ...[lease.consumer, lease.generation, lease.sliceFrom, lease.sliceTo],
      ...(stream === null ? [] : [stream]),
    ],
  });
  const readAt = performance.now();
  return rows.map(({ inMs, ...letter }) => ({ ...letter, dueAt: inMs === null ? null : readAt + inMs }));
}
