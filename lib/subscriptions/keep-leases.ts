import type pg from "pg";
import { createWake, pollLoop, type Wake } from "@/lib/db/poll-loop";
import { failpoint } from "@/lib/kernel/failpoint";
import type { Position } from "@/lib/kernel/position";
import type { Consumer } from "@/lib/subscriptions/consumer";
import { fairShare } from "@/lib/subscriptions/fair-share";
import {
  type ClaimedLease,
  claimPartitions,
  LEASE_MS,
  type Lease,
  leaseKey,
  pausedSql,
  releaseLeases,
  renewLeases,
} from "@/lib/subscriptions/lease";
import { createLogReader } from "@/lib/subscriptions/log-reader";
import { runPartition } from "@/lib/subscriptions/run-partition";
import { wakeSnoozed } from "@/lib/subscriptions/wake-snoozed";
import { beat, codeOf } from "@/lib/subscriptions/worker-row";
import type { Logger } from "@/lib/telemetry/logger";

/** What a worker needs to hold partitions. `commits` is where batches are written, `pool` where all that waits for the disk is. */
export type LeaseKeeping = {
  readonly pool: pg.Pool;
  readonly commits: pg.Pool;
  readonly worker: string;
  readonly consumers: readonly Consumer[];
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Names the build. */
  readonly build: string;
  /** Called after each look at the database; the first call means that this worker is at work. */
  readonly onTick: () => void;
};

type Running = {
  readonly lease: Lease;
  readonly wake: Wake;
  readonly stop: AbortController;
  readonly ended: Promise<unknown>;
  paused: boolean;
  retryAt: number;
  ordered: boolean;
  /** Where it knows its checkpoint to stand in the database. */
  standsAt: Position | undefined;
};

const TICK_MS = 500;
const RENEW_MS = 1_000;

/**
 * Holds this worker's fair share of all partitions and runs them, until `signal` is aborted; then finishes the batches
 * under way and gives everything back. `wake` tells every partition to look now.
 */
export function keepLeases(keeping: LeaseKeeping): { readonly wake: () => void; readonly ended: Promise<void> } {
  const { pool, worker, signal, log } = keeping;
  const running = new Map<string, Running>();
  const byName = new Map(keeping.consumers.map((consumer) => [consumer.name, consumer]));
  const code = codeOf(keeping.consumers);
  const types = new Set(keeping.consumers.filter(({ mode }) => mode === "async").flatMap((consumer) => consumer.types));
  const reader = createLogReader(keeping.commits, [...types]);
  let renewedAt = Number.NEGATIVE_INFINITY;

  async function tick(): Promise<boolean> {
    if (performance.now() - renewedAt >= RENEW_MS) await renew();
    const before = new Map([...running].map(([key, { standsAt }]) => [key, standsAt]));
    const survey = await look(pool, byName, worker, code);
    const wentBack: Running[] = [];
    for (const row of survey.partitions) {
      const key = leaseKey(row);
      const mine = running.get(key);
      if (mine) refresh(mine, row);
      // A crash of the server took commits back, and this partition has asked for nothing since that would have told it so.
      if (mine && row.checkpoint < (before.get(key) ?? 0n)) wentBack.push(mine);
    }
    if (wentBack.length > 0) await giveBack(wentBack);
    const share = fairShare(survey.partitions.length, survey.workers, worker);
    if (running.size > share) await giveBack([...running.values()].slice(share));
    const orphans = survey.partitions.filter((row) => row.orphaned).length;
    const wanted = Math.max(share - running.size, Math.min(orphans, survey.partitions.length - running.size));
    if (survey.free > 0 && wanted > 0 && !signal.aborted) {
      const { generations } = survey;
      for (const lease of await claimPartitions(pool, { worker, generations, count: wanted })) {
        failpoint("worker.after-lease");
        start(lease);
      }
    }
    keeping.onTick();
    return false;
  }

  async function renew(): Promise<void> {
    await beat(pool, worker, code, keeping.build);
    await wakeSnoozed(pool, keeping.build);
    const leases = [...running.values()].map(({ lease }) => lease);
    const kept = new Set((await renewLeases(pool, leases)).map(leaseKey));
    for (const lease of leases) if (!kept.has(leaseKey(lease))) running.get(leaseKey(lease))?.stop.abort();
    renewedAt = performance.now();
  }

  function start(lease: ClaimedLease): void {
    const consumer = byName.get(lease.consumer);
    if (!consumer) return;
    const key = leaseKey(lease);
    const stop = new AbortController();
    const wake = createWake();
    const entry: Running = {
      lease,
      wake,
      stop,
      paused: lease.paused,
      retryAt: retryAt(lease.retryInMs),
      ordered: false,
      standsAt: undefined,
      ended: Promise.resolve(),
    };
    const { commits } = keeping;
    const ended = runPartition({
      pool,
      commits,
      reader,
      consumer,
      lease,
      worker,
      wake,
      log,
      signal: AbortSignal.any([signal, stop.signal]),
      paused: () => entry.paused,
      retryInMs: () => Math.max(0, entry.retryAt - performance.now()),
      build: keeping.build,
      ordered: () => {
        const { ordered } = entry;
        entry.ordered = false;
        return ordered;
      },
      standsAt: (checkpoint) => {
        entry.standsAt = checkpoint;
      },
      faulted: (retryInMs) => {
        entry.retryAt = performance.now() + retryInMs;
      },
    }).then((why) => {
      if (running.get(key) === own) running.delete(key);
      if (why === "lease-lost") log.warn({ ...named(lease) }, "lease lost");
    });
    const own = Object.assign(entry, { ended });
    running.set(key, own);
    log.debug({ ...named(lease), epoch: String(lease.epoch) }, "lease taken");
  }

  async function giveBack(surplus: readonly Running[]): Promise<void> {
    for (const { stop } of surplus) stop.abort();
    await Promise.all(surplus.map(({ ended }) => ended));
    failpoint("worker.before-release");
    await releaseLeases(
      pool,
      surplus.map(({ lease }) => lease),
    );
  }

  const ended = pollLoop({
    signal,
    idleMs: TICK_MS,
    errorMs: 200,
    maxErrorMs: 1_000,
    work: tick,
    onError: (error) => log.warn({ err: error }, "leases could not be kept; trying again"),
  })
    .then(() => giveBack([...running.values()]))
    .catch((error: unknown) => log.warn({ err: error }, "leases could not be given back; they run out by themselves"));

  return {
    ended,
    wake: () => {
      for (const { wake } of running.values()) wake.wake();
    },
  };
}

function named({ consumer, generation, partition }: Lease) {
  return { consumer, generation, partition };
}

type PartitionState = {
  readonly consumer: string;
  readonly generation: number;
  readonly partition: number;
  readonly paused: boolean;
  readonly free: boolean;
  readonly orphaned: boolean;
  readonly ordered: boolean;
  readonly retryInMs: number | null;
  readonly checkpoint: Position;
};

/** A partition that was resumed, whose retry was brought forward or that was given an order is woken at once. */
function refresh(mine: Running, { paused, ordered, retryInMs }: PartitionState): void {
  const next = retryAt(retryInMs);
  const released = (mine.paused && !paused) || (mine.retryAt > performance.now() && next === 0) || ordered;
  mine.ordered = ordered;
  mine.paused = paused;
  mine.retryAt = next;
  if (released) mine.wake.wake();
}

function retryAt(inMs: number | null): number {
  return inMs === null || inMs <= 0 ? 0 : performance.now() + inMs;
}

/**
 * Partitions of the generations that this code is right for, and the workers of the same code that are alive by the
 * database's clock: during a deploy, old and new workers each share what they can run among themselves.
 */
async function look(pool: pg.Pool, byName: ReadonlyMap<string, Consumer>, worker: string, code: string) {
  const known = [...byName.values()].filter(({ mode }) => mode === "async");
  const { rows } = await pool.query<PartitionState>({
    name: "look_at_partitions",
    text: `select p.consumer, p.generation, p.partition, p.checkpoint, ${pausedSql} as paused,
                  p.owner is null or p.lease_expires_at is null or p.lease_expires_at <= clock_timestamp() as free,
                  coalesce(p.lease_expires_at, c.created_at) <= clock_timestamp() - 2 * $3 * interval '1 millisecond' as orphaned,
                  exists (select from dead_letters d where d.consumer = p.consumer and d.generation = p.generation and d.closed_at is null
                    and d.wanted is not null and d.slice >= p.slice_from and d.slice < p.slice_to) as ordered,
                  extract(epoch from p.next_attempt_at - clock_timestamp())::float8 * 1000 as "retryInMs"
             from unnest($1::text[], $2::integer[]) as known(name, version)
             join consumers c on c.name = known.name and c.mode = 'async'
             join consumer_generations g on g.consumer = c.name and g.version = known.version
             join consumer_partitions p on p.consumer = g.consumer and p.generation = g.generation`,
    values: [known.map(({ name }) => name), known.map(({ version }) => version), LEASE_MS],
  });
  const workers = await pool.query<{ id: string }>({
    name: "look_at_workers",
    text: `select id from workers where stopped_at is null and code = $3
              and (seen_at > clock_timestamp() - $1 * interval '1 millisecond' or id = $2)`,
    values: [LEASE_MS, worker, code],
  });
  return {
    partitions: rows,
    generations: [...new Map(rows.map((row) => [`${row.generation}/${row.consumer}`, row])).values()],
    free: rows.filter(({ free }) => free).length,
    workers: workers.rows.map(({ id }) => id),
  };
}
