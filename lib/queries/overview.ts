import { type AttentionItem, attentionOf } from "@/lib/queries/attention";
import { type AuditEntry, auditEntries } from "@/lib/queries/audit-entries";
import { health, type StoreHealth } from "@/lib/queries/health";
import { type InvariantFound, invariants } from "@/lib/queries/invariants";
import { listAlerts } from "@/lib/queries/list-alerts";
import { type ProcessRow, processRows } from "@/lib/queries/list-processes";
import { type ProjectionRow, projectionRows } from "@/lib/queries/list-projections";
import { listRuns } from "@/lib/queries/list-runs";
import { positionsAt } from "@/lib/queries/position-at";
import type { QueryContext } from "@/lib/queries/query-context";
import { type TrafficStatus, trafficStatus } from "@/lib/queries/traffic-status";

export type { AttentionItem } from "@/lib/queries/attention";
export type { AuditEntry } from "@/lib/queries/audit-entries";

/** Everything the first page shows. */
export type Overview = {
  readonly attention: readonly AttentionItem[];
  readonly health: StoreHealth;
  /** Events a second over the last minute, and over each 2 s of it, oldest first (from positions, ≈). */
  readonly appendRate: { readonly perSecond: number; readonly spark: readonly number[] };
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

/** The append rate looks this far back, in this many steps. */
const RATE_SECONDS = 60;
const RATE_STEPS = 30;

/** Reads the first page. */
export async function overview(context: QueryContext): Promise<Overview> {
  const reading = projectionRows(context);
  const [store, projections, traffic, acts, latest, processes, checked, { runs }, { alerts }] = await Promise.all([
    health(context, reading),
    reading,
    trafficStatus(context),
    auditEntries(context, 24, 20),
    latestOf(context),
    processRows(context),
    invariants(context),
    listRuns(context, { state: "live" }),
    listAlerts(context),
  ]);
  const appendRate = await appendRateOf(context, store.now);
  const attention = attentionOf({ store, projections, processes, invariants: checked, runs, alerts });
  return {
    ...{ attention, health: store, appendRate, projections, processes, traffic, acts, latest },
    invariants: checked,
  };
}

async function appendRateOf({ reads }: QueryContext, now: string): Promise<Overview["appendRate"]> {
  const end = Date.parse(now);
  const step = (RATE_SECONDS / RATE_STEPS) * 1_000;
  const times = Array.from({ length: RATE_STEPS + 1 }, (_, index) =>
    new Date(end - (RATE_STEPS - index) * step).toISOString(),
  );
  const positions = await positionsAt(reads, times);
  const spark = positions.slice(1).map((position, index) => {
    return Math.round((Number(position - (positions[index] ?? position)) / step) * 10_000) / 10;
  });
  const total = Number((positions.at(-1) ?? 0n) - (positions[0] ?? 0n));
  return { perSecond: Math.round((total / RATE_SECONDS) * 10) / 10, spark };
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
