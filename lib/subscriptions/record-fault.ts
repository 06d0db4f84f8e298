import type pg from "pg";
import { isConnectionLoss, isRetryable, sqlState } from "@/lib/db/unavailable";
import { TidemarkError, Unavailable } from "@/lib/kernel/errors";
import { readableText } from "@/lib/privacy/open-payload";
import { EventFailed } from "@/lib/subscriptions/consumer";
import { describeFailure } from "@/lib/subscriptions/failure";
import type { Lease } from "@/lib/subscriptions/lease";

const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** What a partition row says of its last failure; the console shows it. */
type Fault = {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  readonly eventId: string | null;
  readonly type: string | null;
  readonly stream: string | null;
  readonly position: string | null;
};

/** Puts a failure into the form that the partition row keeps. */
function describeFault(error: unknown): Fault {
  const event = error instanceof EventFailed ? error.event : undefined;
  const { name, message, stack } = describeFailure(error, event && readableText(event));
  return {
    name,
    message,
    stack,
    eventId: event?.id ?? null,
    type: event?.type ?? null,
    stream: event?.stream ?? null,
    position: event ? String(event.position) : null,
  };
}

/**
 * Notes a failure on the partition and when to try again: after 1 s, doubling up to a minute, with a random half so
 * that many partitions do not return together. Returns the wait in milliseconds. Nothing is written without the lease.
 */
export async function recordFault(pool: pg.Pool, lease: Lease, error: unknown): Promise<number> {
  const { rows } = await pool.query<{ wait: number }>(
    `update consumer_partitions p
        set attempts = p.attempts + 1, error = $4, error_at = clock_timestamp(),
            next_attempt_at = clock_timestamp()
              + least($6::float8, $5 * power(2, least(p.attempts, 20))) * (0.5 + random() / 2) * interval '1 millisecond'
      where consumer = $1 and partition = $2 and epoch = $3 and generation = $7
      returning extract(epoch from next_attempt_at - clock_timestamp())::float8 * 1000 as wait`,
    [
      lease.consumer,
      lease.partition,
      lease.epoch,
      JSON.stringify(describeFault(error)).replaceAll("\\u0000", "\\\\u0000"),
      FIRST_RETRY_MS,
      LAST_RETRY_MS,
      lease.generation,
    ],
  );
  return rows[0]?.wait ?? 0;
}

/**
 * Whether a failure says something about the database or the moment and nothing about the event: then the same batch is
 * tried again as it is, and no event is blamed.
 */
export function isPassing(error: unknown): boolean {
  const cause = error instanceof EventFailed ? error.cause : error;
  if (cause instanceof Unavailable || isConnectionLoss(cause) || isRetryable(cause)) return true;
  const state = sqlState(cause) ?? "";
  // Out of resources, cancelled or timed out by an operator, lock not available, read-only standby.
  if (/^53|^57|^55P03|^25006|^25P0/.test(state)) return true;
  return cause instanceof TidemarkError && cause.code === "unavailable";
}
