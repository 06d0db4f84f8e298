import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { minPosition, positionOf, waitForWrite } from "@/app/api/_endpoints/consistency";
import { limit, name, time } from "@/app/api/_endpoints/parameters";
import { attributionFields } from "@/lib/operations/attribution";
import { pauseProjection, resumeProjection } from "@/lib/operations/switch-projection";
import { behindChange } from "@/lib/queries/behind-change";
import { lagHistory, lagRanges } from "@/lib/queries/lag-history";
import { listProjections, type ProjectionRow } from "@/lib/queries/list-projections";
import { partitionLoads } from "@/lib/queries/partition-load";
import { projectionPage } from "@/lib/queries/projection-page";
import { readModelRows } from "@/lib/queries/read-model-rows";
import { NotYet, waitForReadModel } from "@/lib/queries/wait-for-position";

/** All projections. */
export const listProjectionsEndpoint = endpoint({
  path: "/api/v1/{store}/projections",
  summary: "Every projection with its state and lag, worst first; a lag that cannot be known is `unknown`",
  role: "viewer",
  handle: async ({ context }) => {
    const { projections, ...marks } = await listProjections(context);
    return json({ projections: projections.map(onTheWire), ...marks });
  },
});

/** One projection. */
export const projectionEndpoint = endpoint({
  path: "/api/v1/{store}/projections/{name}",
  summary: "A projection with its partitions, what waits in each, and its newest batches",
  role: "viewer",
  handle: async ({ context, path }) => {
    const name = path.name ?? "";
    const [{ projection, ...page }, loads] = await Promise.all([
      projectionPage(context, name),
      partitionLoads(context, name),
    ]);
    return json({ ...onTheWire(projection), ...page, loads });
  },
});

/** A projection's lag over time. */
export const lagHistoryEndpoint = endpoint({
  path: "/api/v1/{store}/projections/{name}/lag",
  summary:
    "The lag of a projection over a range that ends now, or between two times, what came in and was handled, how long its batches worked, and what was done to it; gaps stay gaps",
  role: "viewer",
  query: z
    .strictObject({
      range: z.enum(lagRanges).optional().describe("1h when nothing is given"),
      from: time.optional().describe("With `to`, instead of a range"),
      to: time.optional(),
    })
    .refine(({ from, to }) => (from === undefined) === (to === undefined), "needs both `from` and `to`, or neither"),
  handle: async ({ context, path, query: { range = "1h", from, to } }) => {
    const span = from !== undefined && to !== undefined ? { from, to } : range;
    return json(await lagHistory(context, path.name ?? "", span));
  },
});

/** Pauses a projection. */
export const pauseEndpoint = endpoint({
  path: "/api/v1/{store}/projections/{name}/pause",
  summary: "Pause; 200 when every worker that holds a part of it has seen it, else 202",
  operation: pauseProjection,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) => {
    const switched = await pauseProjection(operationContext(call), { name: call.path.name ?? "", ...call.body });
    return json(switched, switched.observed ? 200 : 202);
  },
});

/** Resumes a projection. */
export const resumeEndpoint = endpoint({
  path: "/api/v1/{store}/projections/{name}/resume",
  summary: "Resume; 200 when every worker that holds a part of it has seen it, else 202",
  operation: resumeProjection,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) => {
    const switched = await resumeProjection(operationContext(call), { name: call.path.name ?? "", ...call.body });
    return json(switched, switched.observed ? 200 : 202);
  },
});

/** Rows of a read model. */
export const readModelEndpoint = endpoint({
  path: "/api/v1/{store}/read-models/{name}",
  summary: "Rows of a read model by its key; with `minPosition` waits up to 10 s until it has passed that position",
  role: "viewer",
  query: z.strictObject({
    key: name.optional().describe("An exact first part of the primary key"),
    after: z.string().max(2_000).optional().describe("The `next` of the page before"),
    limit: limit.optional(),
    minPosition,
  }),
  handle: async (call) => {
    const model = call.path.name ?? "";
    await waitForWrite(call, model);
    const { minPosition: _, ...page } = call.query;
    return json(await readModelRows(call.context, model, page));
  },
});

/** How far a read model is from one write. */
export const behindChangeEndpoint = endpoint({
  path: "/api/v1/{store}/read-models/{name}/behind",
  summary:
    "How many events a read model is behind a write, and about how long that takes; waits up to `waitMs` for it to be none",
  role: "viewer",
  query: z.strictObject({
    minPosition: z.string().max(500).describe("A position, or the consistency token of the write"),
    waitMs: z
      .string()
      .regex(/^\d{1,4}$/, "must be a whole number of milliseconds below 10000")
      .transform(Number)
      .optional(),
  }),
  handle: async ({ context, path, query, request }) => {
    const name = path.name ?? "";
    const position = positionOf(query.minPosition);
    const waiting = { signal: request.signal, timeoutMs: query.waitMs ?? 0 };
    await waitForReadModel(context, name, position, waiting).catch((error: unknown) => {
      if (!(error instanceof NotYet)) throw error;
    });
    return json(await behindChange(context, name, position));
  },
});

/** The contract's form: a lag is its age and count or the word `unknown`, and then why and since when. */
function onTheWire({ lag, rateIn, rateOut, ...projection }: ProjectionRow) {
  return {
    ...projection,
    rate: { in: rateIn, out: rateOut },
    lag: lag.known ? { ageMs: lag.ageMs, events: lag.events, more: lag.more } : "unknown",
    lagUnknown: lag.known ? null : { since: lag.since, reason: lag.reason },
  };
}
