import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { limit, name } from "@/app/api/_endpoints/parameters";
import { attributionFields } from "@/lib/operations/attribution";
import {
  cancelRunOperation,
  pauseRunOperation,
  promoteRunOperation,
  type RunSteered,
  resumeRunOperation,
  revertRunOperation,
  throttleRunOperation,
} from "@/lib/operations/steer-run";
import { verifyDerived } from "@/lib/operations/verify-derived";
import { verifyLog } from "@/lib/operations/verify-log";
import { listRuns, runStates } from "@/lib/queries/list-runs";
import { runPage } from "@/lib/queries/run-page";

const runId = z
  .string()
  .regex(/^[1-9]\d{0,17}$/, "must be the number of a run")
  .describe("The number of a run");

const line = z.string().regex(/^\d{1,18}$/, "must be the number of a line");

/** Long jobs. */
export const listRunsEndpoint = endpoint({
  path: "/api/v1/{store}/runs",
  summary: "Long jobs, newest first; `state=live` for those that have not ended",
  role: "viewer",
  query: z.strictObject({
    kind: name.optional(),
    state: z.enum(["live", ...runStates]).optional(),
    subject: name.optional(),
    cursor: runId.optional(),
    limit: limit.optional(),
  }),
  handle: async ({ context, query }) => json(await listRuns(context, query)),
});

/** One long job. */
export const runEndpoint = endpoint({
  path: "/api/v1/{store}/runs/{id}",
  summary: "A run with its progress, pace, time left as a range, and the newest lines of its log",
  role: "viewer",
  query: z.strictObject({
    lines: limit.optional().describe("Lines of its log, newest first; 200 when absent"),
    afterLine: line.optional().describe("Only lines after this one"),
    beforeLine: line.optional().describe("Only lines before this one: the `older` of a page"),
  }),
  handle: async ({ context, path, query }) => {
    const { run, ...page } = await runPage(context, path.id ?? "", query);
    return json({ ...run, ...page });
  },
});

const act = { body: z.strictObject(attributionFields), bodyOptional: true };

/** Pauses a run. */
export const pauseRunEndpoint = endpoint({
  ...{
    path: "/api/v1/{store}/runs/{id}/pause",
    summary: "Pause at the next step; 200 when it stands, else 202",
    ...act,
  },
  operation: pauseRunOperation,
  handle: async (call) =>
    answer(await pauseRunOperation(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});

/** Resumes a run. */
export const resumeRunEndpoint = endpoint({
  ...{ path: "/api/v1/{store}/runs/{id}/resume", summary: "Go on from the checkpoint; also after a failure", ...act },
  operation: resumeRunOperation,
  handle: async (call) =>
    answer(await resumeRunOperation(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});

/** Cancels a run. */
export const cancelRunEndpoint = endpoint({
  ...{ path: "/api/v1/{store}/runs/{id}/cancel", summary: "End it and take back what it has made so far", ...act },
  operation: cancelRunOperation,
  handle: async (call) =>
    answer(await cancelRunOperation(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});

/** Promotes what a run has made. */
export const promoteRunEndpoint = endpoint({
  ...{
    path: "/api/v1/{store}/runs/{id}/promote",
    summary: "Put in place what it has made, where its kind asks",
    ...act,
  },
  operation: promoteRunOperation,
  handle: async (call) =>
    answer(await promoteRunOperation(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});

/** Reverts what a run has put in place. */
export const revertRunEndpoint = endpoint({
  ...{
    path: "/api/v1/{store}/runs/{id}/revert",
    summary: "Put back what was there before it, where its kind can",
    ...act,
  },
  operation: revertRunOperation,
  handle: async (call) =>
    answer(await revertRunOperation(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});

/** Slows a run down. */
export const throttleRunEndpoint = endpoint({
  path: "/api/v1/{store}/runs/{id}/throttle",
  summary: "Limit it to so many units a second; null lifts the limit",
  operation: throttleRunOperation,
  body: z.strictObject({ perSecond: z.number().positive().max(10_000_000).nullable(), ...attributionFields }),
  handle: async (call) =>
    answer(await throttleRunOperation(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});

/** Verifies the log. */
export const verifyLogEndpoint = endpoint({
  path: "/api/v1/{store}/verify",
  summary:
    "Begin a run that verifies every stream, every event against the Merkle log, and that against its checkpoint notes and those given; 202 with the run",
  operation: verifyLog,
  body: z.strictObject({
    perSecond: z.number().positive().max(10_000_000).optional(),
    notes: z
      .array(z.string().max(65_536))
      .max(20)
      .optional()
      .describe("Texts of checkpoint notes that were held outside"),
    ...attributionFields,
  }),
  bodyOptional: true,
  handle: async (call) => json(await verifyLog(operationContext(call), call.body), 202),
});

/** Verifies what is derived from the log. */
export const verifyDerivedEndpoint = endpoint({
  path: "/api/v1/{store}/verify/derived",
  summary:
    "Begin a run that holds checkpoints of consumers, snapshots and read models against the log; 202 with the run, whose log has what it finds",
  operation: verifyDerived,
  body: z.strictObject({ perSecond: z.number().positive().max(10_000_000).optional(), ...attributionFields }),
  bodyOptional: true,
  handle: async (call) => json(await verifyDerived(operationContext(call), call.body), 202),
});

function answer({ run, observed }: RunSteered): Response {
  return json({ ...run, observed }, observed ? 200 : 202);
}
