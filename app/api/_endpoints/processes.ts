import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { limit, name } from "@/app/api/_endpoints/parameters";
import { attributionFields, requiredReason } from "@/lib/operations/attribution";
import { cancelInstance, fireTimer, type InstanceSteered, nudgeInstance } from "@/lib/operations/steer-process";
import { pauseProcess, resumeProcess } from "@/lib/operations/switch-process";
import { invariants } from "@/lib/queries/invariants";
import { listProcesses, type ProcessRow } from "@/lib/queries/list-processes";
import { processInstance } from "@/lib/queries/process-instance";
import { instanceFilters, processPage } from "@/lib/queries/process-page";

/** All processes. */
export const listProcessesEndpoint = endpoint({
  path: "/api/v1/{store}/processes",
  summary: "Every process with its lag, its running instances by stage, and how many are stuck or overdue",
  role: "viewer",
  handle: async ({ context }) => {
    const { processes, highWater } = await listProcesses(context);
    return json({ processes: processes.map(onTheWire), highWater });
  },
});

/** One process with a page of its instances. */
export const processEndpoint = endpoint({
  path: "/api/v1/{store}/processes/{name}",
  summary: "A process and its instances, the last moved first",
  role: "viewer",
  query: z.strictObject({
    filter: z.enum(instanceFilters).optional().describe("`running` when absent"),
    stage: name.optional(),
    prefix: name.optional().describe("The beginning of an instance's name"),
    cursor: z.string().max(700).optional().describe("The `next` of the page before"),
    limit: limit.optional(),
  }),
  handle: async ({ context, path, query }) => {
    const { process, ...page } = await processPage(context, path.name ?? "", query);
    return json({ ...onTheWire(process), ...page });
  },
});

/** One instance. */
export const instanceEndpoint = endpoint({
  path: "/api/v1/{store}/processes/{name}/{instance}",
  summary: "An instance: state, timers with their deadlines, and what it has seen and asked for, in order",
  role: "viewer",
  handle: async ({ context, path }) => json(await processInstance(context, path.name ?? "", path.instance ?? "")),
});

/** Pauses a process. */
export const pauseProcessEndpoint = endpoint({
  path: "/api/v1/{store}/processes/{name}/pause",
  summary: "Pause: no event, command or timer of it; 200 when nothing of it is under way any more, else 202",
  operation: pauseProcess,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) => {
    const switched = await pauseProcess(operationContext(call), { name: call.path.name ?? "", ...call.body });
    return json(switched, switched.observed ? 200 : 202);
  },
});

/** Resumes a process. */
export const resumeProcessEndpoint = endpoint({
  path: "/api/v1/{store}/processes/{name}/resume",
  summary: "Resume; 200 when every worker that holds a part of it has seen it, else 202",
  operation: resumeProcess,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) => {
    const switched = await resumeProcess(operationContext(call), { name: call.path.name ?? "", ...call.body });
    return json(switched, switched.observed ? 200 : 202);
  },
});

/** Nudges an instance. */
export const nudgeInstanceEndpoint = endpoint({
  path: "/api/v1/{store}/processes/{name}/{instance}/nudge",
  summary: "Try what keeps failing now; 200 when it has been tried, else 202",
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  operation: nudgeInstance,
  handle: async (call) => answer(await nudgeInstance(operationContext(call), { ...call.body, ...keyOf(call.path) })),
});

/** Fires a timer of an instance. */
export const fireTimerEndpoint = endpoint({
  path: "/api/v1/{store}/processes/{name}/{instance}/fire",
  summary: "Fire a timer now; 200 when it has fired, else 202",
  body: z.strictObject({ ...attributionFields, timer: z.string().min(1).max(200), reason: requiredReason }),
  operation: fireTimer,
  handle: async (call) => answer(await fireTimer(operationContext(call), { ...call.body, ...keyOf(call.path) })),
});

/** Cancels an instance. */
export const cancelInstanceEndpoint = endpoint({
  path: "/api/v1/{store}/processes/{name}/{instance}/cancel",
  summary: "End an instance and have undone what its process undoes; 200 when that has been sent, else 202",
  body: z.strictObject({ ...attributionFields, reason: requiredReason }),
  operation: cancelInstance,
  handle: async (call) => answer(await cancelInstance(operationContext(call), { ...call.body, ...keyOf(call.path) })),
});

/** What must always hold. */
export const invariantsEndpoint = endpoint({
  path: "/api/v1/{store}/invariants",
  summary: "What the domains say must always hold of their read models, and what was found now",
  role: "viewer",
  handle: async ({ context }) => json({ invariants: await invariants(context) }),
});

function keyOf(path: Readonly<Record<string, string>>) {
  return { process: path.name ?? "", instance: path.instance ?? "" };
}

function answer({ instance, observed }: InstanceSteered): Response {
  return json({ ...instance, observed }, observed ? 200 : 202);
}

function onTheWire({ lag, ...process }: ProcessRow) {
  return {
    ...process,
    lag: lag.known ? { ageMs: lag.ageMs, events: lag.events, more: lag.more } : "unknown",
    lagUnknown: lag.known ? null : { since: lag.since, reason: lag.reason },
  };
}
