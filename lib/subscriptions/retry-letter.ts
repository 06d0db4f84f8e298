import type pg from "pg";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { failpoint } from "@/lib/kernel/failpoint";
import type { Position } from "@/lib/kernel/position";
import { readableText } from "@/lib/privacy/open-payload";
import { commitBatch } from "@/lib/subscriptions/commit-batch";
import { type Applier, EventFailed, LeaseLost } from "@/lib/subscriptions/consumer";
import { countLetter } from "@/lib/subscriptions/count-batch";
import type { DeadLetter } from "@/lib/subscriptions/dead-letter";
import { describeFailure, fingerprintOf } from "@/lib/subscriptions/failure";
import { defaultPolicy } from "@/lib/subscriptions/failure-policy";
import { type LetterWriter, type LetterWrites, withLetters } from "@/lib/subscriptions/letter-writes";
import { readParked } from "@/lib/subscriptions/read-parked";
import { isPassing } from "@/lib/subscriptions/record-fault";

/** The holder of a partition, with nothing under way: every batch up to `checkpoint` is committed. */
export type Retrying = LetterWriter & {
  readonly pool: pg.Pool;
  readonly worker: string;
  readonly applier: Applier;
  readonly checkpoint: Position;
  readonly traceparent: string | null;
};

/** Events behind a letter that one commit applies. */
const CHUNK = 500;

/**
 * Takes one letter a step further: applies its event (unless it is skipped) and what waits behind it in its stream, in
 * order, and closes the letter with the last of it; effects and letter are one commit under the lease. When the event
 * fails again, that is noted; when a later one fails, what stands before it is applied, the letter is closed and the
 * later event is set aside in its place. Throws what says nothing about an event, and `LeaseLost`.
 */
export async function retryLetter(retrying: Retrying, letter: DeadLetter): Promise<void> {
  const { pool, consumer, applier, checkpoint } = retrying;
  const outcome = letter.outcome ?? (letter.wanted === "skip" ? "skipped" : "retried");
  const after = letter.through ?? (outcome === "skipped" ? letter.version : letter.version - 1);
  const until = letter.blocks ? checkpoint : letter.position;
  const waiting = await readParked(pool, { stream: letter.stream, types: consumer.types, after, until, limit: CHUNK });
  const readAt = waiting[0]?.readAt ?? "now";
  let events: readonly RecordedEvent[] = waiting;
  let failed: EventFailed | undefined;
  for (;;) {
    const all = events.length === waiting.length && waiting.length < CHUNK;
    const through = events.at(-1)?.version ?? Math.max(after, letter.version);
    const writes: LetterWrites = {
      moved: { letter, outcome, through, closed: all || failed !== undefined },
      parked: failed,
    };
    try {
      const effects = await applier.prepare(events);
      if (outcome === "skipped") failpoint("dead-letter.before-skip");
      else failpoint("dead-letter.before-retry");
      await commit(retrying, effects, writes, { events: events.length, readAt });
      if (outcome === "skipped") failpoint("dead-letter.after-skip");
      else failpoint("dead-letter.after-retry");
      if (writes.moved?.closed) countLetter(consumer.name, outcome);
      if (failed) countLetter(consumer.name, "parked");
      return;
    } catch (error) {
      applier.forget();
      const blamed = blame(error, events);
      if (blamed?.event.position === letter.position) return await failedAgain(retrying, letter, blamed);
      failed = blamed;
      events = events.slice(0, blamed ? blamed.index : Math.floor(events.length / 2));
    }
  }
}

/**
 * The event of these that an error is about. Undefined when that cannot be said of several: fewer must be tried. Throws
 * the error when it says nothing about any event.
 */
export function blame(error: unknown, events: readonly RecordedEvent[]): EventFailed | undefined {
  if (error instanceof LeaseLost || isPassing(error)) throw error;
  if (error instanceof EventFailed && events[error.index] === error.event) return error;
  const [only, second] = events;
  if (!only) throw error;
  return second ? undefined : new EventFailed(0, only, error);
}

async function commit(
  { pool, lease, worker, checkpoint, traceparent, ...writer }: Retrying,
  effects: Awaited<ReturnType<Applier["prepare"]>>,
  writes: LetterWrites,
  read: { readonly events: number; readonly readAt: string },
): Promise<void> {
  // The checkpoint stays where it is; moving it there again is what proves that the lease is held.
  const move = { lease, worker, from: checkpoint, to: checkpoint, traceparent, ...read };
  await commitBatch(pool, move, withLetters(effects, { lease, ...writer }, writes));
}

async function failedAgain(
  { pool, lease, consumer, build }: Retrying,
  letter: DeadLetter,
  failed: EventFailed,
): Promise<void> {
  const { attempts, retryMs } = consumer.failurePolicy ?? defaultPolicy;
  const failure = describeFailure(failed, readableText(failed.event));
  // Who asked for it by hand decides by hand what comes next. What was ordered only while it was tried stays to be done.
  failpoint("dead-letter.before-fail-again");
  const again = letter.wanted === null && letter.attempts + 1 < attempts;
  const { rowCount } = await pool.query(
    `with held as (select from consumer_partitions where consumer = $1 and partition = $2 and epoch = $3 and generation = $10 for no key update)
     update dead_letters
        set attempts = attempts + 1, last_at = clock_timestamp(), error = $5, fingerprint = $6, build = $7,
            wanted = case when wanted is distinct from $11 then wanted end,
            state = case when $8 then 'retrying' else 'parked' end,
            next_attempt_at = case when $8 then clock_timestamp()
              + $9::float8 * power(2, attempts) * (0.5 + random() / 2) * interval '1 millisecond' end
      where id = $4 and closed_at is null and exists (select from held)`,
    [
      ...[lease.consumer, lease.partition, lease.epoch, letter.id],
      JSON.stringify(failure).replaceAll("\\u0000", ""),
      ...[
        fingerprintOf(consumer.name, failed.event.type, failure),
        build,
        again,
        retryMs,
        lease.generation,
        letter.wanted,
      ],
    ],
  );
  if (rowCount !== 1) throw new LeaseLost(lease.consumer, lease.partition);
  countLetter(consumer.name, "failed-again");
}
