import type { StoreHealth } from "@/lib/queries/health";
import type { ProjectionRow } from "@/lib/queries/list-projections";
import type { QueryContext } from "@/lib/queries/query-context";
import type { TrafficStatus } from "@/lib/queries/traffic-status";

/** Something that hurts, worst first. `projection` and `worker` say what the item is about and what to open. */
export type AttentionItem = {
  readonly severity: "critical" | "warning" | "notice";
  readonly title: string;
  readonly detail: string;
  readonly about:
    | { readonly kind: "projection"; readonly name: string }
    | { readonly kind: "worker"; readonly id: string }
    | { readonly kind: "store" };
};

/** An operator's act, from the audit stream. */
export type AuditEntry = {
  readonly id: string;
  readonly position: string;
  readonly at: string;
  readonly actor: string | null;
  readonly type: string;
  /** One line: what was done to what. */
  readonly summary: string;
};

/** Everything the first page shows. */
export type Overview = {
  readonly attention: readonly AttentionItem[];
  readonly health: StoreHealth;
  /** Events a second over the last minute, and over each 2 s of it, oldest first (from positions, ≈). */
  readonly appendRate: { readonly perSecond: number; readonly spark: readonly number[] };
  /** Worst first. */
  readonly projections: readonly ProjectionRow[];
  readonly traffic: TrafficStatus;
  /** Operator acts of the last 24 hours, newest first, at most 20. */
  readonly acts: readonly AuditEntry[];
  /** The newest event with a correlation that a newcomer can follow; null in an empty store. */
  readonly latest: { readonly correlationId: string; readonly stream: string; readonly type: string } | null;
};

/** Reads the first page. */
export async function overview(context: QueryContext): Promise<Overview> {
  throw new Error(`overview is being written ${context}`);
}
