import { type AppendRate, appendRate } from "@/lib/queries/append-rate";
import { type AttentionItem, attentionOf } from "@/lib/queries/attention";
import { type AuditEntry, auditEntries } from "@/lib/queries/audit-entries";
import { health, type StoreHealth } from "@/lib/queries/health";
import { type InvariantFound, invariants } from "@/lib/queries/invariants";
import { listAlerts } from "@/lib/queries/list-alerts";
import { type ProcessRow, processRows } from "@/lib/queries/list-processes";
import { type ProjectionRow, projectionRows } from "@/lib/queries/list-projections";
import { listRuns } from "@/lib/queries/list-runs";
import type { QueryContext } from "@/lib/queries/query-context";
import { type TrafficStatus, trafficStatus } from "@/lib/queries/traffic-status";

export type { AttentionItem } from "@/lib/queries/attention";
export type { AuditEntry } from "@/lib/queries/audit-entries";

/** Everything the first page shows. */
export type Overview = {
  readonly attention: readonly AttentionItem[];
  readonly health: StoreHealth;
  readonly appendRate: AppendRate;
  /** Worst first. */
  readonly projections: readonly ProjectionRow[];
  readonly processes: readonly ProcessRow[];
  /** What must always hold, as it was found now. */
  readonly invariants: readonly InvariantFound[];
  readonly traffic: TrafficStatus;
  /** Operator acts of the last 24 hours, newest first, at most 20. */
  readonly acts: readonly AuditEntry[];
  /** The newest event with a correlation that a newcomer can follow; null in an empty store. */
  readonly latest: { readonly correlationId: string; readonly stream: string; readonly type: string } | null;
};

/** Reads the first page. */
export async function overview(context: QueryContext): Promise<Overview> {
  const reading = projectionRows(context);
  const [store, projections, traffic, acts, latest, processes, checked, { runs }, { alerts }] = await Promise.all([
    health(context, reading),
    reading,
    trafficStatus(context),
    auditEntries(context, { hours: 24, limit: 20 }),
    latestOf(context),
    processRows(context),
    invariants(context),
    listRuns(context, { state: "live" }),
    listAlerts(context),
  ]);
  const rate = await appendRate(context, store.now);
  const attention = attentionOf({ store, projections, processes, invariants: checked, runs, alerts });
  return {
    ...{ attention, health: store, appendRate: rate, projections, processes, traffic, acts, latest },
    invariants: checked,
  };
}

/** Prefers an event that a command caused: its trace shows the whole path. */
async function latestOf({ reads }: QueryContext): Promise<Overview["latest"]> {
  const [row] = await reads.query<{ correlation_id: string; stream: string; type: string }>(
    `select e.correlation_id, e.stream, e.type
       from (select * from events newest where newest.position <= (select position from high_water)
              order by newest.position desc limit 200) e
      where e.category <> 'operations' order by (e.command is null), e.position desc limit 1`,
  );
  return row ? { correlationId: row.correlation_id, stream: row.stream, type: row.type } : null;
}
