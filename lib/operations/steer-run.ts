import type pg from "pg";
import { z } from "zod";
import { hasRole } from "@/lib/access/principal";
import { inTransaction } from "@/lib/db/in-transaction";
import { TidemarkError } from "@/lib/kernel/errors";
import { observeUntil } from "@/lib/operations/observe-until";
import { type Audit, committed, type OperationContext, operation } from "@/lib/operations/operation";
import { type RunRow, readRun } from "@/lib/queries/list-runs";
import { isExecuted, type RunFacts, type RunState } from "@/lib/runs/run";
import { actOnRun, cancelRun, pauseRun, resumeRun, throttleRun } from "@/lib/runs/steer-run";

/** A run after an act; `observed` when it has been seen to follow, not only to be told. */
export type RunSteered = { readonly run: RunRow; readonly observed: boolean };

const input = z.strictObject({ id: z.string().regex(/^[1-9]\d{0,17}$/, "must be the number of a run") });
const common = { role: "operator", audited: true, target: ({ id }: { id: string }) => `run ${id}` } as const;
/** What a privacy officer may do, too, to runs of privacy and to those they asked for. */
const shared = { ...common, alsoFor: "privacy-officer" } as const;

/** Stops a run at its checkpoint; it can go on from there. */
export const pauseRunOperation = operation({
  ...{ name: "pause-run", ...shared, input },
  act: (context, { id, reason }, audit) =>
    told(context, audit, "RunPaused", "Paused", (client) => pauseRun(client, BigInt(id), whoAndWhy(context, reason))),
  observe: (context, { id }) => observed(context, id, ["paused", "succeeded", "failed", "cancelled"]),
});

/** Lets a paused or failed run go on from its checkpoint. */
export const resumeRunOperation = operation({
  ...{ name: "resume-run", ...shared, input },
  act: async (context, { id, reason }, audit) => {
    const by = whoAndWhy(context, reason);
    const { kind } = await told(context, audit, "RunResumed", "Resumed", (client) => resumeRun(client, BigInt(id), by));
    return context.runKinds.some((known) => known.kind === kind && !isExecuted(known));
  },
  // A run that is fed from outside goes on when its sender does; until then it stands ready.
  observe: (context, { id }, fed) =>
    observed(context, id, [
      "running",
      "awaiting-decision",
      "succeeded",
      "failed",
      ...(fed ? (["waiting"] as const) : []),
    ]),
});

/** Ends a run and takes back what it has made so far. */
export const cancelRunOperation = operation({
  ...{ name: "cancel-run", ...shared, input },
  act: (context, { id, reason }, audit) =>
    told(context, audit, "RunCancelled", "Cancelled", (client) =>
      cancelRun(client, context.runKinds, BigInt(id), whoAndWhy(context, reason)),
    ),
  observe: (context, { id }) => observed(context, id, ["cancelled", "succeeded", "failed"]),
});

/** Limits a run to so many units a second, or lifts the limit. */
export const throttleRunOperation = operation({
  ...{ name: "throttle-run", ...common },
  input: input.extend({ perSecond: z.number().positive().max(10_000_000).nullable() }),
  act: (context, { id, perSecond }, audit) =>
    told(context, audit, "RunThrottled", perSecond === null ? "Unthrottled" : `Throttled to ${perSecond}/s`, (client) =>
      throttleRun(client, context.runKinds, BigInt(id), perSecond),
    ),
  observe: async (context, { id }) =>
    committed("an executor reads the limit with each heart-beat", { run: await readRun(context, id), observed: true }),
});

/** Does what the run's kind understands by promoting: for a rebuild, lets readers have the new copy. */
export const promoteRunOperation = operation({
  ...{ name: "promote-run", ...common, input },
  act: (context, { id }, audit) => offered(context, audit, "RunPromoted", BigInt(id), "promote"),
  observe: (context, { id }) => observed(context, id, ["succeeded", "failed", "cancelled"]),
});

/** Does what the run's kind understands by reverting: for a rebuild, gives readers the old copy back. */
export const revertRunOperation = operation({
  ...{ name: "revert-run", ...common, input },
  act: (context, { id }, audit) => offered(context, audit, "RunReverted", BigInt(id), "revert"),
  observe: (context, { id }) => observed(context, id, ["succeeded", "failed", "cancelled"]),
});

/** As the run's log tells it, too: who reads that should not have to look into the audit. */
function whoAndWhy({ principal }: OperationContext, reason: string | undefined): string {
  return reason === undefined ? principal.id : `${principal.id}: ${reason}`;
}

/** Does an act on a run, unless the run is one that this principal may not steer. Throws `forbidden`, and then nothing was done. */
async function told(
  context: OperationContext,
  audit: Audit,
  type: string,
  verb: string,
  act: (client: pg.PoolClient) => Promise<RunFacts>,
): Promise<RunFacts> {
  return inTransaction(context.pool, async (client) => {
    const run = await act(client);
    if (!maySteer(context, run)) throw notTheirs(context, run);
    await audit(client, { type, summary: `${verb} ${nameOf(run)}`, facts: { run: String(run.id), kind: run.kind } });
    return run;
  });
}

async function offered(
  { pool, runKinds }: OperationContext,
  audit: Audit,
  type: string,
  id: bigint,
  act: "promote" | "revert",
): Promise<void> {
  await inTransaction(pool, async (client) => {
    const { run, done } = await actOnRun(client, runKinds, id, act);
    await audit(client, { type, summary: `${done} (${nameOf(run)})`, facts: { run: String(id), kind: run.kind } });
  });
}

/** Whether a principal may pause, resume and cancel a run. */
export function maySteer(
  { principal, runKinds }: Pick<OperationContext, "principal" | "runKinds">,
  { kind, requestedBy }: Pick<RunFacts, "kind" | "requestedBy">,
): boolean {
  if (hasRole(principal, "operator") || principal.id === requestedBy) return true;
  const role = runKinds.find((known) => known.kind === kind)?.steeredBy;
  return role !== undefined && hasRole(principal, role);
}

function notTheirs({ principal }: OperationContext, run: RunFacts): TidemarkError {
  const message = `Without the role operator, ${principal.id} steers only runs that they asked for and those about persons; run ${run.id} is neither.`;
  return new TidemarkError("forbidden", message, { needed: "operator", run: String(run.id), kind: run.kind });
}

function nameOf({ id, kind, subject }: RunFacts): string {
  return `run ${id}, ${kind}${subject === null ? "" : ` of ${subject}`}`;
}

/** Longer than a lease: a run whose worker was just lost is taken up by another within that time. */
const OBSERVE_MS = 6_000;

async function observed(context: OperationContext, id: string, states: readonly RunState[]): Promise<RunSteered> {
  const { found, observed: seen } = await observeUntil({
    look: () => readRun(context, id),
    seen: (run) => states.includes(run.state),
    patienceMs: OBSERVE_MS,
    signal: context.signal,
  });
  return { run: found, observed: seen };
}
