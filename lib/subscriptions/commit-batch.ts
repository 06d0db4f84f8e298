import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { failpoint } from "@/lib/kernel/failpoint";
import type { Position } from "@/lib/kernel/position";
import { type Effects, LeaseLost } from "@/lib/subscriptions/consumer";
import { LEASE_MS, type Lease } from "@/lib/subscriptions/lease";

/** The step of a checkpoint, and what the batch record remembers of it. */
export type CheckpointMove = {
  readonly lease: Lease;
  readonly worker: string;
  readonly from: Position;
  readonly to: Position;
  readonly events: number;
  readonly readAt: string;
  readonly traceparent: string | null;
};

/**
 * Commits effects, checkpoint and batch record together, or nothing. The checkpoint moves only under the epoch of the
 * lease and from the place where this worker believes it is; otherwise throws `LeaseLost`. A broken connection leaves
 * the outcome open: read the checkpoint again before going on.
 */
export async function commitBatch(pool: pg.Pool, move: CheckpointMove, effects: Effects): Promise<void> {
  const { lease } = move;
  failpoint("worker.before-checkpoint");
  if (effects.kind === "statement") {
    await moved(pool, statementOf(effects.parts), [...valuesOf(move), ...effects.values], lease);
    failpoint("worker.after-commit");
    return;
  }
  await inTransaction(pool, async (client) => {
    // A worker that is stopped in mid-transaction must not keep its successor waiting for its row locks.
    await client.query(`set local idle_in_transaction_session_timeout = ${LEASE_MS}`);
    await effects.run(client);
    failpoint("worker.after-effect");
    await moved(client, statementOf([]), valuesOf(move), lease);
    failpoint("worker.before-commit");
  });
  failpoint("worker.after-commit");
}

/** Moves the checkpoint over positions without any event of the consumer: no effects, no batch record. */
export async function skipTo(pool: pg.Pool, lease: Lease, from: Position, to: Position): Promise<void> {
  const { rowCount } = await pool.query({
    name: "skip_to",
    text: `update consumer_partitions set checkpoint = $5, checkpoint_at = clock_timestamp()
            where consumer = $1 and partition = $2 and epoch = $3 and checkpoint = $4 and generation = $6`,
    values: [lease.consumer, lease.partition, lease.epoch, from, to, lease.generation],
  });
  if (rowCount !== 1) throw new LeaseLost(lease.consumer, lease.partition);
}

/** The checkpoint as the database has it, or `LeaseLost`. */
export async function readCheckpoint(pool: pg.Pool, lease: Lease): Promise<Position> {
  const { rows } = await pool.query<{ checkpoint: bigint }>(
    "select checkpoint from consumer_partitions where consumer = $1 and partition = $2 and epoch = $3 and generation = $4",
    [lease.consumer, lease.partition, lease.epoch, lease.generation],
  );
  const [row] = rows;
  if (!row) throw new LeaseLost(lease.consumer, lease.partition);
  return row.checkpoint;
}

async function moved(db: pg.Pool | pg.PoolClient, text: string, values: unknown[], lease: Lease): Promise<void> {
  const { rows } = await db.query<{ moved: boolean }>({ name: nameOf(text), text, values });
  if (rows[0]?.moved !== true) throw new LeaseLost(lease.consumer, lease.partition);
}

/** One statement: its parts run only when the fenced update found its row, and the record is made when they are done. */
function statementOf(parts: readonly string[]): string {
  const named = parts.map((part, index) => `, part_${index} as (${part} returning 1)`);
  const done = parts.map((_, index) => ` and (select count(*) from part_${index}) >= 0`);
  return `with moved as (
      update consumer_partitions
         set checkpoint = $5, checkpoint_at = clock_timestamp(), attempts = 0, error = null, error_at = null, next_attempt_at = null
       where consumer = $1 and partition = $2 and epoch = $3 and checkpoint = $4 and generation = $10::integer returning 1
    )${named.join("")}, recorded as (
      insert into consumer_batches (consumer, generation, partition, epoch, from_position, to_position, events, read_at, committed_at, worker, traceparent)
        select $1, $10, $2, $3, $4, $5, $6::integer, $7::timestamptz, clock_timestamp(), $8::text, $9::text where exists (select from moved)${done.join("")}
    ) select exists (select from moved) as moved`;
}

function valuesOf({ lease, worker, from, to, events, readAt, traceparent }: CheckpointMove): unknown[] {
  return [
    lease.consumer,
    lease.partition,
    lease.epoch,
    from,
    to,
    events,
    readAt,
    worker,
    traceparent,
    lease.generation,
  ];
}

const names = new Map<string, string>();
function nameOf(text: string): string {
  const known = names.get(text);
  if (known) return known;
  const name = `commit_${names.size}`;
  names.set(text, name);
  return name;
}
