// Long because the steps of one partition share one state: what is read ahead, being committed, parked and stopped at.
import type pg from "pg";
import { pollLoop, type Wake } from "@/lib/db/poll-loop";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { failpoint } from "@/lib/kernel/failpoint";
import type { Position } from "@/lib/kernel/position";
import { BreakerTripped, holdBreaker } from "@/lib/subscriptions/breaker";
import { commitBatch, readCheckpoint, skipTo } from "@/lib/subscriptions/commit-batch";
import { consumeInSpan, retryInSpan } from "@/lib/subscriptions/consume-span";
import { type Applier, type Consumer, type Effects, EventFailed, LeaseLost } from "@/lib/subscriptions/consumer";
import { countBatch, countFault, countLetter } from "@/lib/subscriptions/count-batch";
import { type DeadLetters, readDeadLetters } from "@/lib/subscriptions/dead-letter";
import { defaultPolicy, type FailurePolicy } from "@/lib/subscriptions/failure-policy";
import type { Lease } from "@/lib/subscriptions/lease";
import { withLetters } from "@/lib/subscriptions/letter-writes";
import type { LogReader } from "@/lib/subscriptions/log-reader";
import type { Batch } from "@/lib/subscriptions/read-batch";
import { isPassing, recordFault } from "@/lib/subscriptions/record-fault";
import { finishMerge } from "@/lib/subscriptions/resize-partitions";
import { blame, retryLetter } from "@/lib/subscriptions/retry-letter";
import type { Logger } from "@/lib/telemetry/logger";
import { currentTraceparent } from "@/lib/telemetry/tracer";

/** One held partition at work. `paused` and `retryInMs` are answered from what the worker last saw in the database. */
export type PartitionRun = {
  /** Waits for the disk: what is noted of failures must be there after a crash, as whoever saw it expects. */
  readonly pool: pg.Pool;
  /** Need not wait: a batch that a crash takes back with its checkpoint is done again. */
  readonly commits: pg.Pool;
  readonly reader: LogReader;
  readonly consumer: Consumer;
  readonly lease: Lease;
  readonly worker: string;
  readonly wake: Wake;
  readonly signal: AbortSignal;
  readonly log: Logger;
  readonly paused: () => boolean;
  /** Milliseconds until the partition may be tried again after a fault; 0 when nothing stands in its way. */
  readonly retryInMs: () => number;
  readonly faulted: (retryInMs: number) => void;
  /** Told where this worker knows the checkpoint to stand in the database; undefined while it does not know. */
  readonly standsAt: (checkpoint: Position | undefined) => void;
  /** Whether an operator has ordered something of a dead letter since this was asked last. */
  readonly ordered: () => boolean;
  /** Names the build, for the letters that it writes. */
  readonly build: string;
};

const BATCH_MAX = 20_000;
const BATCH_FIRST = 500;
/** Handlers take a statement an event: whoever dies often must still get something done. */
const HANDLER_BATCH_FIRST = 50;
/** A batch that takes longer to prepare than this makes the next one smaller: the worker must stay able to answer. */
const SLOW_MS = 1_000;
const POLL_MS = 500;
const SKIP_EVERY_MS = 1_000;

/**
 * Consumes one partition until `signal` is aborted or the lease is lost; resolves with which of the two. Errors of
 * events set them aside by the consumer's policy, errors of the database are waited out.
 */
export async function runPartition(run: PartitionRun): Promise<"stopped" | "lease-lost"> {
  const lost = new AbortController();
  const step = createSteps(run);
  await pollLoop({
    signal: AbortSignal.any([run.signal, lost.signal]),
    wake: run.wake,
    idleMs: POLL_MS,
    errorMs: 100,
    maxErrorMs: 5_000,
    work: async () => {
      try {
        return await step.next();
      } catch (error) {
        await step.reset();
        if (error instanceof LeaseLost) {
          lost.abort();
          return false;
        }
        return await step.failed(error);
      }
    },
    onError: (error) => run.log.warn({ err: error, ...nameOf(run.lease) }, "partition waits for the database"),
  });
  await step.reset();
  return lost.signal.aborted ? "lease-lost" : "stopped";
}

/** The state between two steps: what is read ahead, what is being committed, how large batches are. */
function createSteps(run: PartitionRun) {
  const { pool, commits, consumer, lease, log } = run;
  const policy = consumer.failurePolicy ?? defaultPolicy;
  let applier: Applier | undefined;
  let checkpoint: Position | undefined;
  let letters: DeadLetters | undefined;
  let seen = 0n;
  let limit = consumer.style === "handler" ? HANDLER_BATCH_FIRST : BATCH_FIRST;
  let ahead: Promise<Batch> | undefined;
  let committing: Promise<void> | undefined;
  let skippedAt = 0;
  /** After a failure that names no event each batch is waited for, so that the one that fails is known. */
  let careful = false;

  const stand = (at: Position | undefined): void => {
    checkpoint = at;
    run.standsAt(at);
  };

  const read = (after: Position): Promise<Batch> => {
    const { sliceFrom, sliceTo } = lease;
    const batch = run.reader.read(`${consumer.name}/${lease.generation}`, {
      types: consumer.types,
      sliceFrom,
      sliceTo,
      after,
      limit,
      context: consumer.context ?? true,
    });
    batch.catch(() => undefined);
    return batch;
  };

  /** One batch; resolves with whether to go on at once. */
  async function next(): Promise<boolean> {
    if (run.paused() || run.retryInMs() > 0) {
      if (ahead || committing) await settle();
      ahead = undefined;
      return false;
    }
    if (checkpoint === undefined) {
      seen = await readCheckpoint(pool, lease);
      stand(seen);
    }
    applier ??= consumer.open({ pool: commits, generation: lease.generation, fresh: seen === 0n });
    if (run.ordered()) letters = undefined;
    if (await retryDue(applier)) return true;
    if (lease.stopAt === checkpoint) {
      await settle();
      if (await finishMerge(pool, lease)) throw new LeaseLost(lease.consumer, lease.partition);
      return false;
    }
    const batch = stoppedAt(lease.stopAt, await (ahead ?? read(seen)));
    failpoint("worker.after-read");
    ahead = batch.more && !run.signal.aborted ? read(batch.to) : undefined;
    // Folding keeps the thread busy for long: what was asked for just now, here and by others, must be on its way first.
    if (ahead) await new Promise(setImmediate);
    if (batch.events.length === 0) {
      await settle();
      seen = batch.to;
      if (batch.more || seen === checkpoint) return batch.more;
      if (performance.now() - skippedAt < SKIP_EVERY_MS) return false;
      await skipTo(commits, lease, checkpoint ?? 0n, seen);
      stand(seen);
      skippedAt = performance.now();
      return false;
    }
    await consumeInSpan(lease, batch.events, batch.to, () => work(batch));
    seen = batch.to;
    if (!batch.more) await settle();
    return true;
  }

  /** Takes the letter whose turn it is one step further; resolves with whether there was one. */
  async function retryDue(held: Applier): Promise<boolean> {
    if (letters === undefined) {
      await settle();
      letters = await readDeadLetters(pool, lease);
    }
    const letter = letters.due();
    if (!letter) return false;
    await settle();
    await retryInSpan(lease, letter.position, () => {
      const from = checkpoint ?? 0n;
      const { worker, build } = run;
      const traceparent = currentTraceparent();
      return retryLetter(
        { pool, consumer, lease, build, worker, applier: held, checkpoint: from, traceparent },
        letter,
      );
    });
    await letters.refresh(letter.stream);
    return true;
  }

  /**
   * Applies a batch but for what is parked and what fails now. What stands before an event that fails is committed with
   * its letter; then the rest goes on, so that many failures do not make the same work be done many times.
   */
  async function work(batch: Batch): Promise<void> {
    if (!applier) return;
    const started = performance.now();
    const { to, readAt } = batch;
    let rest: readonly RecordedEvent[] = batch.events.filter((event) => !letters?.holdBack(event));
    let failed = await attempt(applier, rest, { to, readAt });
    while (failed) {
      await settle();
      applier.forget();
      if (policy.onFailure === "stop") throw failed;
      const { index, event } = failed;
      await holdBreaker(pool, lease, consumer, { handled: index + 1, cause: failed });
      const earlier = await attempt(applier, rest.slice(0, index), { to: event.position, readAt, parked: failed });
      if (earlier) {
        failed = earlier;
        continue;
      }
      await letters?.refresh(event.stream);
      rest = without(rest.slice(index + 1), failed, policy);
      failed = checkpoint === to ? undefined : await attempt(applier, rest, { to, readAt });
    }
    const took = performance.now() - started;
    limit = took > SLOW_MS ? Math.max(1, Math.floor(limit / 2)) : Math.min(BATCH_MAX, limit * 4);
    if (limit >= BATCH_FIRST) careful = false;
  }

  /** One try at some events of a batch; resolves with the event that stands in the way, or nothing. */
  async function attempt(
    held: Applier,
    events: readonly RecordedEvent[],
    { to, readAt, parked }: { readonly to: Position; readonly readAt: string; readonly parked?: EventFailed },
  ): Promise<EventFailed | undefined> {
    const traceparent = currentTraceparent();
    const began = performance.now();
    let effects: Effects;
    try {
      effects = await held.prepare(events);
    } catch (error) {
      return blameOne(error, events);
    }
    await settle();
    const move = { lease, worker: run.worker, from: checkpoint ?? 0n, to, events: events.length, readAt, traceparent };
    const writer = { consumer, lease, build: run.build };
    if (parked) failpoint("dead-letter.before-park");
    const commit = (
      parked ? commitBatch(pool, move, withLetters(effects, writer, { parked })) : commitBatch(commits, move, effects)
    ).then(() => {
      if (parked) failpoint("dead-letter.after-park");
      stand(to);
      if (parked) countLetter(lease.consumer, "parked");
      countBatch(lease.consumer, events.length, performance.now() - began);
    });
    committing = commit;
    commit.catch(() => undefined);
    // Effects that are a transaction of their own run code of the domain: there the next batch waits for its end.
    if (ahead && !careful && !parked && effects.kind === "statement") return undefined;
    try {
      await settle();
      return undefined;
    } catch (error) {
      committing = undefined;
      return blameOne(error, events);
    }
  }

  async function settle(): Promise<void> {
    const commit = committing;
    await commit;
    if (committing === commit) committing = undefined;
  }

  /** Forgets everything that is not in the database, so that the next step starts from the checkpoint there. */
  async function reset(): Promise<void> {
    await committing?.catch(() => undefined);
    committing = undefined;
    ahead = undefined;
    stand(undefined);
    letters = undefined;
    applier?.forget();
  }

  /** Narrows a failure down to one event, which alone may be blamed. Throws what the loop must wait out. */
  async function failed(error: unknown): Promise<boolean> {
    if (isPassing(error)) throw error;
    if (error instanceof EventFailed && error.index > 0) {
      limit = error.index;
      return true;
    }
    if (!(error instanceof EventFailed || error instanceof BreakerTripped) && limit > 1) {
      careful = true;
      limit = Math.max(1, Math.floor(limit / 8));
      return true;
    }
    limit = 1;
    countFault(lease.consumer, error);
    const wait = await recordFault(pool, lease, error instanceof BreakerTripped ? error.cause : error);
    run.faulted(wait);
    log.error({ err: error, retryInMs: Math.round(wait), ...nameOf(lease) }, "partition is faulted");
    return false;
  }

  return { next, reset, failed };
}

/** What of a batch lies up to the place where its partition waits for its neighbour. */
function stoppedAt(stop: Position | null | undefined, batch: Batch): Batch {
  if (stop === null || stop === undefined || batch.to < stop) return batch;
  return { ...batch, events: batch.events.filter(({ position }) => position <= stop), to: stop, more: false };
}

function nameOf({ consumer, generation, partition, epoch }: Lease) {
  return { consumer, generation, partition, epoch: String(epoch) };
}

/** The event that an error is about. Throws the error when it is about the moment, or about one of several. */
function blameOne(error: unknown, events: readonly RecordedEvent[]): EventFailed {
  const failed = blame(error, events);
  if (!failed) throw error;
  return failed;
}

/** What is left to apply when one event is set aside: its stream waits behind it unless the policy lets it go on. */
function without(
  events: readonly RecordedEvent[],
  { event: failed }: EventFailed,
  { onFailure }: FailurePolicy,
): readonly RecordedEvent[] {
  return onFailure === "park-event"
    ? events.filter(({ position }) => position !== failed.position)
    : events.filter(({ stream, position }) => stream !== failed.stream || position < failed.position);
}
