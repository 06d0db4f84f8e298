import { NotFound } from "@/lib/kernel/errors";
import { checkText } from "@/lib/queries/check-input";
import { type GenerationRow, generationsOf } from "@/lib/queries/generations";
import { readHighWater } from "@/lib/queries/list-events";
import { type ProjectionRow, projectionRows } from "@/lib/queries/list-projections";
import { errorText } from "@/lib/queries/processed-by";
import type { QueryContext } from "@/lib/queries/query-context";

/** One partition of a projection: its slices, who holds it, and how far it is. */
export type PartitionRow = {
  readonly partition: number;
  readonly sliceFrom: number;
  readonly sliceTo: number;
  readonly checkpoint: string;
  readonly checkpointAt: string;
  readonly owner: string | null;
  readonly epoch: string;
  readonly leaseExpiresAt: string | null;
  /** Whether the lease is held now. */
  readonly owned: boolean;
  readonly attempts: number;
  readonly error: { readonly message: string; readonly position: string | null; readonly at: string } | null;
  readonly nextAttemptAt: string | null;
  /** Where it stops for its neighbour, to become one with it. */
  readonly stopAt: string | null;
};

/** A committed batch. Times in milliseconds. */
export type BatchRow = {
  readonly id: string;
  readonly partition: number;
  readonly fromPosition: string;
  readonly toPosition: string;
  readonly events: number;
  readonly readAt: string;
  readonly committedAt: string;
  readonly workingMs: number;
  readonly worker: string;
};

/** Everything the page of one projection shows, but its chart (`lagHistory`) and its rows (`readModelRows`). */
export type ProjectionPage = {
  readonly projection: ProjectionRow;
  readonly partitions: readonly PartitionRow[];
  /** The newest batches, at most 20. */
  readonly batches: readonly BatchRow[];
  /** Working time of the newest batches of the last five minutes, milliseconds; null when there were none. */
  readonly working: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  /** The newest generations, the one that serves among them, newest first. */
  readonly generations: readonly GenerationRow[];
  /** Columns of the read model, name → SQL type. */
  readonly columns: Readonly<Record<string, string>>;
  readonly highWater: string;
};

/** How many partitions and batches are shown, and how many batches the percentiles look at. */
const PARTITIONS_MAX = 1_024;
const BATCHES_SHOWN = 20;
const BATCHES_MEASURED = 2_000;

/** Reads the page of a projection. Throws `NotFound`. */
export async function projectionPage(context: QueryContext, name: string): Promise<ProjectionPage> {
  checkText(name, "name");
  const [[projection], partitions, batches, working, highWater, generations] = await Promise.all([
    projectionRows(context, name),
    projectionPartitions(context, name),
    batchesOf(context, name),
    workingOf(context, name),
    readHighWater(context),
    generationsOf(context, name),
  ]);
  if (!projection) throw new NotFound("projection", name);
  const definition = context.catalog.projections.find((known) => known.name === name);
  const columns = definition ? { ...definition.columns } : {};
  return { projection, partitions, batches, working, generations, columns, highWater: String(highWater) };
}

/** The partitions of the generation that serves, in the order of their slices. */
export async function projectionPartitions(
  { reads }: Pick<QueryContext, "reads">,
  name: string,
): Promise<PartitionRow[]> {
  const rows = await reads.query<{
    partition: number;
    slice_from: number;
    slice_to: number;
    checkpoint: bigint;
    checkpoint_at: string;
    owner: string | null;
    epoch: bigint;
    lease_expires_at: string | null;
    owned: boolean | null;
    attempts: number;
    error: string | null;
    error_at: string | null;
    next_attempt_at: string | null;
    stop_at: bigint | null;
  }>(
    `select partition, slice_from, slice_to, checkpoint, checkpoint_at, owner, epoch, lease_expires_at,
            owner is not null and lease_expires_at > clock_timestamp() as owned, attempts, stop_at, error::text as error, error_at, next_attempt_at
       from consumer_partitions where consumer = $1 and generation = (select generation from consumers where name = $1)
      order by slice_from limit $2`,
    [name, PARTITIONS_MAX],
  );
  return rows.map((row) => ({
    partition: row.partition,
    sliceFrom: row.slice_from,
    sliceTo: row.slice_to,
    checkpoint: String(row.checkpoint),
    checkpointAt: row.checkpoint_at,
    owner: row.owner,
    epoch: String(row.epoch),
    leaseExpiresAt: row.lease_expires_at,
    owned: row.owned === true,
    attempts: row.attempts,
    error:
      row.error === null
        ? null
        : { message: errorText(row.error), position: positionIn(row.error), at: row.error_at ?? row.checkpoint_at },
    nextAttemptAt: row.next_attempt_at,
    stopAt: row.stop_at === null ? null : String(row.stop_at),
  }));
}

function positionIn(error: string): string | null {
  const parsed: unknown = JSON.parse(error);
  if (typeof parsed !== "object" || parsed === null || !("position" in parsed)) return null;
  return parsed.position === null ? null : String(parsed.position);
}

async function batchesOf({ reads }: QueryContext, name: string): Promise<BatchRow[]> {
  // Newest by id of each partition: the index leads by partition, and a projection has few.
  const rows = await reads.query<{
    id: bigint;
    partition: number;
    from_position: bigint;
    to_position: bigint;
    events: number;
    read_at: string;
    committed_at: string;
    working_ms: number;
    worker: string;
  }>(
    `select b.id, b.partition, b.from_position, b.to_position, b.events, b.read_at, b.committed_at, b.worker,
            (extract(epoch from b.committed_at - b.read_at) * 1000)::float8 as working_ms
       from consumer_partitions p
      cross join lateral (select * from consumer_batches newest
                           where newest.consumer = p.consumer and newest.generation = p.generation and newest.partition = p.partition
                           order by newest.to_position desc limit $2) b
      where p.consumer = $1 and p.generation = (select generation from consumers where name = $1) order by b.committed_at desc, b.id desc limit $2`,
    [name, BATCHES_SHOWN],
  );
  return rows.map((row) => ({
    id: String(row.id),
    partition: row.partition,
    fromPosition: String(row.from_position),
    toPosition: String(row.to_position),
    events: row.events,
    readAt: row.read_at,
    committedAt: row.committed_at,
    workingMs: row.working_ms,
    worker: row.worker,
  }));
}

async function workingOf({ reads }: QueryContext, name: string): Promise<ProjectionPage["working"]> {
  const [row] = await reads.query<{ parts: number[] | null }>(
    `select percentile_cont(array[0.5, 0.95, 0.99]) within group (order by ms) as parts
       from (select (extract(epoch from b.committed_at - b.read_at) * 1000)::float8 as ms
               from consumer_batches b join consumers c on c.name = b.consumer and c.generation = b.generation
              where b.committed_at > now() - interval '5 minutes' and b.consumer = $1
              order by b.committed_at desc limit $2) newest`,
    [name, BATCHES_MEASURED],
  );
  const [p50, p95, p99] = row?.parts ?? [];
  return p50 === undefined || p95 === undefined || p99 === undefined ? null : { p50, p95, p99 };
}
