import type pg from "pg";
import { pollLoop, type Wake } from "@/lib/db/poll-loop";
import { failpoint } from "@/lib/kernel/failpoint";
import type { Position } from "@/lib/kernel/position";
import { commitBatch, readCheckpoint, skipTo } from "@/lib/subscriptions/commit-batch";
import { type Applier, type Consumer, EventFailed, LeaseLost } from "@/lib/subscriptions/consumer";
import type { Lease } from "@/lib/subscriptions/lease";
import type { LogReader } from "@/lib/subscriptions/log-reader";
import type { Batch } from "@/lib/subscriptions/read-batch";
import { isPassing, recordFault } from "@/lib/subscriptions/record-fault";
import { attributes } from "@/lib/telemetry/attributes";
import type { Logger } from "@/lib/telemetry/logger";
import { currentTraceparent, withSpan } from "@/lib/telemetry/tracer";

/** One held partition at work. `paused` and `retryInMs` are answered from what the worker last saw in the database. */
export type PartitionRun = {
  readonly pool: pg.Pool;
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
};

const BATCH_MAX = 10_000;
const BATCH_FIRST = 500;
/** A batch that takes longer to prepare than this makes the next one smaller: the worker must stay able to answer. */
const SLOW_MS = 1_000;
const POLL_MS = 500;
const SKIP_EVERY_MS = 1_000;
const LINKS_MAX = 16;

/**
 * Consumes one partition until `signal` is aborted or the lease is lost; resolves with which of the two. Errors of
 * events are recorded on the partition and tried again, errors of the database are waited out.
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
  const { pool, consumer, lease, log } = run;
  let applier: Applier | undefined;
  let checkpoint: Position | undefined;
  let seen = 0n;
  let limit = BATCH_FIRST;
  let ahead: Promise<Batch> | undefined;
  let committing: Promise<void> | undefined;
  let skippedAt = 0;

  const read = (after: Position): Promise<Batch> => {
    const { sliceFrom, sliceTo } = lease;
    const batch = run.reader.read(`${consumer.name}/${lease.generation}`, {
      types: consumer.types,
      sliceFrom,
      sliceTo,
      after,
      limit,
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
      checkpoint = await readCheckpoint(pool, lease);
      seen = checkpoint;
    }
    applier ??= consumer.open({ pool, generation: lease.generation, fresh: checkpoint === 0n });
    const batch = await (ahead ?? read(seen));
    failpoint("worker.after-read");
    ahead = batch.more && !run.signal.aborted ? read(batch.to) : undefined;
    if (batch.events.length === 0) {
      await settle();
      seen = batch.to;
      if (batch.more || seen === checkpoint) return batch.more;
      if (performance.now() - skippedAt < SKIP_EVERY_MS) return false;
      await skipTo(pool, lease, checkpoint, seen);
      checkpoint = seen;
      skippedAt = performance.now();
      return false;
    }
    const traces = [...new Set(batch.events.slice(0, 256).map(({ traceparent }) => traceparent))].slice(0, LINKS_MAX);
    await withSpan("consume batch", { kind: "CONSUMER", links: traces, attributes: spanOf(lease, batch) }, () =>
      work(batch),
    );
    seen = batch.to;
    if (!batch.more) await settle();
    return true;
  }

  async function work(batch: Batch): Promise<void> {
    if (!applier) return;
    const started = performance.now();
    const { events, to, readAt } = batch;
    const traceparent = currentTraceparent();
    const effects = await applier.prepare(events);
    await settle();
    const from = checkpoint ?? 0n;
    const move = { lease, worker: run.worker, from, to, events: events.length, readAt, traceparent };
    committing = commitBatch(pool, move, effects).then(() => {
      checkpoint = to;
    });
    committing.catch(() => undefined);
    // Effects that are a transaction of their own run code of the domain: there the next batch waits for its end.
    if (!ahead || effects.kind === "transaction") await settle();
    const took = performance.now() - started;
    limit = took > SLOW_MS ? Math.max(1, Math.floor(limit / 2)) : Math.min(BATCH_MAX, limit * 4);
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
    checkpoint = undefined;
    applier?.forget();
  }

  /** Narrows a failure down to one event, which alone may be blamed. Throws what the loop must wait out. */
  async function failed(error: unknown): Promise<boolean> {
    if (isPassing(error)) throw error;
    if (error instanceof EventFailed && error.index > 0) {
      limit = error.index;
      return true;
    }
    if (!(error instanceof EventFailed) && limit > 1) {
      limit = Math.max(1, Math.floor(limit / 8));
      return true;
    }
    limit = 1;
    const wait = await recordFault(pool, lease, error);
    run.faulted(wait);
    log.error({ err: error, retryInMs: Math.round(wait), ...nameOf(lease) }, "partition is faulted");
    return false;
  }

  return { next, reset, failed };
}

function nameOf({ consumer, generation, partition, epoch }: Lease) {
  return { consumer, generation, partition, epoch: String(epoch) };
}

function spanOf(lease: Lease, batch: Batch) {
  return {
    [attributes.consumer]: lease.consumer,
    [attributes.partition]: lease.partition,
    [attributes.events]: batch.events.length,
    [attributes.toPosition]: String(batch.to),
  };
}
