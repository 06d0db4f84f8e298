import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { attributionFields } from "@/lib/operations/attribution";
import { observeUntil } from "@/lib/operations/observe-until";
import { type Audit, type OperationContext, operation } from "@/lib/operations/operation";
import { type TrafficStatus, trafficStatus } from "@/lib/queries/traffic-status";

/** The traffic after the switch; `observed` when its driver has reported since. */
export type TrafficSwitched = TrafficStatus & { readonly observed: boolean };

const start = z.strictObject({
  /** Commands a second. */
  ratePerSecond: z.number().positive().max(1_000).optional(),
  settings: z.record(z.string().max(100), z.union([z.number(), z.boolean(), z.string().max(200)])).optional(),
});

/** Lets the demo traffic run, at the rate it had unless one is given. */
export const startTraffic = operation({
  name: "start-traffic",
  role: "operator",
  input: start,
  audited: true,
  target: () => "traffic",
  act: (context, { ratePerSecond, settings }, audit) =>
    switchTo(context, { state: "running", ratePerSecond, settings }, audit),
  observe: (context, _, changedAt) => observed(context, changedAt),
});

/** Stops the demo traffic. */
export const stopTraffic = operation({
  name: "stop-traffic",
  role: "operator",
  input: z.strictObject(attributionFields),
  audited: true,
  target: () => "traffic",
  act: (context, _, audit) => switchTo(context, { state: "stopped" }, audit),
  observe: (context, _, changedAt) => observed(context, changedAt),
});

type Wanted = {
  readonly state: "running" | "stopped";
  readonly ratePerSecond?: number | undefined;
  readonly settings?: Readonly<Record<string, unknown>> | undefined;
};

async function switchTo(
  { pool, principal }: OperationContext,
  { state, ratePerSecond, settings }: Wanted,
  audit: Audit,
): Promise<string> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ changed_at: string; rate_per_second: number }>(
      `update traffic set state = $1, rate_per_second = coalesce($2, rate_per_second), settings = coalesce($3, settings),
              changed_by = $4, changed_at = clock_timestamp() returning changed_at, rate_per_second`,
      [state, ratePerSecond ?? null, settings ? JSON.stringify(settings) : null, principal.id],
    );
    const rate = rows[0]?.rate_per_second ?? 0;
    await audit(client, {
      type: state === "running" ? "TrafficStarted" : "TrafficStopped",
      summary: state === "running" ? `Started demo traffic at ${rate} a second` : "Stopped demo traffic",
      facts: { ratePerSecond: rate, settings: settings ?? null },
    });
    return rows[0]?.changed_at ?? "";
  });
}

const OBSERVE_MS = 3_000;

async function observed(context: OperationContext, changedAt: string): Promise<TrafficSwitched> {
  const reported = ({ seenAt }: TrafficStatus) => seenAt !== null && seenAt > changedAt;
  const { found } = await observeUntil({
    look: () => trafficStatus(context),
    // A driver that has not reported for seconds will not do so now: say so instead of waiting for it.
    seen: (status) => reported(status) || !status.driven,
    patienceMs: OBSERVE_MS,
    signal: context.signal,
  });
  return { ...found, observed: reported(found) };
}
