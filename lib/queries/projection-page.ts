import type { ProjectionRow } from "@/lib/queries/list-projections";
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
  /** Working time of the batches of the last five minutes, milliseconds; null when there were none. */
  readonly working: { readonly p50: number; readonly p95: number; readonly p99: number } | null;
  /** Columns of the read model, name → SQL type. */
  readonly columns: Readonly<Record<string, string>>;
  readonly highWater: string;
};

/** Reads the page of a projection. Throws `NotFound`. */
export async function projectionPage(context: QueryContext, name: string): Promise<ProjectionPage> {
  throw new Error(`projectionPage is being written ${context} ${name}`);
}
