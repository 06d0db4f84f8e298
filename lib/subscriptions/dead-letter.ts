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
};

/** Reads the open letters of a partition: of its slices, whoever parked them. */
export async function readDeadLetters(pool: pg.Pool, lease: Lease): Promise<DeadLetters> {
  const { rows } = await pool.query<Omit<DeadLetter, "dueAt"> & { inMs: number | null }>({
    name: "read_dead_letters",
    text: `select id, stream, version::float8 as version, position, blocks, attempts, state, wanted, outcome, through::float8 as through,
                  extract(epoch from next_attempt_at - clock_timestamp())::float8 * 1000 as "inMs"
             from dead_letters
            where consumer = $1 and generation = $2 and slice >= $3 and slice < $4 and closed_at is null order by position`,
    values: [lease.consumer, lease.generation, lease.sliceFrom, lease.sliceTo],
  });
  const readAt = performance.now();
  const letters = rows.map(({ inMs, ...letter }) => ({ ...letter, dueAt: inMs === null ? null : readAt + inMs }));
  const parked = new Map(letters.filter(({ blocks }) => blocks).map((letter) => [letter.stream, letter.position]));
  const alone = new Set(letters.filter(({ blocks }) => !blocks).map(({ position }) => position));

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
      return letters.find(
        ({ wanted, state, dueAt }) => wanted !== null || state === "draining" || (dueAt !== null && dueAt <= now),
      );
    },
  };
}
