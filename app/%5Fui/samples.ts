import type { SloStatus } from "@/lib/alerts/slo-status";
import type { ProjectionRow } from "@/lib/queries/list-projections";
import type { RunRow } from "@/lib/queries/list-runs";

/** Data that looks like the store's, for the gallery alone. */
export const AT = "2026-11-24T02:01:17.513805Z";
export const AFTER_AN_HOUR = "2026-11-24T03:01:17.513805Z";
export const ID = "018fd2a0-7c11-7a3e-9b1f-2a44c0aec41e";

export const lags: readonly ProjectionRow["lag"][] = [
  { known: true, ageMs: 0, events: 0, more: false },
  { known: true, ageMs: 412, events: 3, more: false },
  { known: true, ageMs: 252_000, events: 31_204, more: true },
  { known: false, reason: "high-water-agent-missing", since: AT },
];

function projection(name: string, state: ProjectionRow["state"], more: Partial<ProjectionRow> = {}): ProjectionRow {
  return {
    ...{ name, description: null, state, reason: null, stateBy: null, stateAt: AT, mode: "async", style: "fold" },
    ...{ version: 2, generation: 3, sloMs: 10_000, types: ["OrderPlaced"], checkpoint: "48108102", checkpointAt: AT },
    ...{ rateIn: 4, rateOut: 4, trend: null, catchUpSeconds: null, partitions: 4, partitionsOwned: 4 },
    ...{ parked: { waiting: 0, retrying: 0, snoozed: 0 }, onFailure: "park-stream", workers: ["worker-a"] },
    lag: { known: true, ageMs: 0, events: 0, more: false },
    spark: [1, 2, 1, 3, 2],
    ...more,
  };
}

export const projections: readonly ProjectionRow[] = [
  projection("search-index", "lagging", { lag: { known: true, ageMs: 252_000, events: 31_204, more: false } }),
  projection("billing-summary", "parked", { parked: { waiting: 7, retrying: 1, snoozed: 2 } }),
  projection("customer-360", "paused", { stateBy: "amina", reason: "INC-212" }),
  projection("stock", "unknown", { lag: { known: false, reason: "high-water-agent-missing", since: AT }, spark: [] }),
  projection("order-summary", "live"),
];

export function run(state: RunRow["state"]): RunRow {
  return {
    ...{
      id: "12",
      kind: "rebuild",
      subject: "order-summary",
      state,
      wanted: null,
      phase: "replay",
      phases: ["replay"],
    },
    ...{ done: 620, total: 1_000, unit: "events", detail: null, problems: state === "failed" ? 2 : 0, error: null },
    ...{ offers: [], throttle: null, requestedBy: "amina", reason: null, ticket: null, owner: "worker-a" },
    ...{ createdAt: AT, startedAt: AT, phaseAt: AT, endedAt: null },
  };
}

/** An hour in which a consumer fell behind and caught up again; the time between is a gap. */
export const lagPoints = Array.from({ length: 60 }, (_, minute) => ({
  t: Date.parse(AT) + minute * 60_000,
  ageMs: minute > 20 && minute < 24 ? null : minute > 30 && minute < 45 ? (minute - 30) * 4_000 : 300,
  events: 3,
}));

export const paces = lagPoints.map(({ t }, minute) => ({ t, in: 4 + (minute % 3), out: 4 + (minute % 2) }));

export const slo: SloStatus = {
  ...{ consumer: "order-summary", kind: "projection", objectiveMs: 10_000, target: 0.995 },
  ...{ changedBy: null, changedAt: null, since: AT },
  burn: { "5m": 0, "30m": 0.2, "1h": 1.4, "6h": 0.8, "3d": 0.5 } as SloStatus["burn"],
  budget: { attained: 0.9991, known: 0.98 } as SloStatus["budget"],
};
