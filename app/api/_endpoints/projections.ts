import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { limit, name, position } from "@/app/api/_endpoints/parameters";
import { attributionFields } from "@/lib/operations/attribution";
import { pauseProjection, resumeProjection } from "@/lib/operations/switch-projection";
import { lagHistory, lagRanges } from "@/lib/queries/lag-history";
import { listProjections, type ProjectionRow } from "@/lib/queries/list-projections";
import { projectionPage } from "@/lib/queries/projection-page";
import { readModelRows } from "@/lib/queries/read-model-rows";
import { waitForPosition } from "@/lib/queries/wait-for-position";

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
  summary: "A projection with its partitions and newest batches",
  role: "viewer",
  handle: async ({ context, path }) => {
    const { projection, ...page } = await projectionPage(context, path.name ?? "");
    return json({ ...onTheWire(projection), ...page });
  },
});

/** A projection's lag over time. */
export const lagHistoryEndpoint = endpoint({
  path: "/api/v1/{store}/projections/{name}/lag",
  summary: "The lag of a projection over a range that ends now; gaps stay gaps",
  role: "viewer",
  query: z.strictObject({
    range: z.enum(Object.keys(lagRanges) as [keyof typeof lagRanges, ...(keyof typeof lagRanges)[]]).default("1h"),
  }),
  handle: async ({ context, path, query }) => json(await lagHistory(context, path.name ?? "", query.range)),
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
    minPosition: position.optional(),
  }),
  handle: async ({ context, path, query: { minPosition, ...page }, request }) => {
    const model = path.name ?? "";
    if (minPosition !== undefined) {
      await waitForPosition(context, model, BigInt(minPosition), { signal: request.signal });
    }
    return json(await readModelRows(context, model, page));
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
