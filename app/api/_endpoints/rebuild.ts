import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { attributionFields } from "@/lib/operations/attribution";
import { rebuildFields, rebuildProjection, retireGeneration } from "@/lib/operations/rebuild-projection";
import { differencesOf } from "@/lib/queries/generations";

/** What a rebuild would do. */
export const rebuildPlanEndpoint = endpoint({
  path: "/api/v1/{store}/projections/{name}/rebuild/plan",
  summary:
    "What a rebuild of everything or a part would read, copy, refold and take, with a dry run; `hash` approves this plan",
  role: "operator",
  query: z.strictObject({
    promote: rebuildFields.promote,
    since: rebuildFields.since,
    slices: rebuildFields.slices,
    tenant: rebuildFields.tenant,
    perSecond: z.coerce.number().positive().max(10_000_000).optional(),
  }),
  handle: async (call) => {
    const { preview, hash } = await rebuildProjection.preview(operationContext(call), {
      ...call.query,
      name: call.path.name ?? "",
    });
    return json({ ...preview, hash });
  },
});

/** Begins a rebuild. */
export const rebuildEndpoint = endpoint({
  path: "/api/v1/{store}/projections/{name}/rebuild",
  summary: "Begin to rebuild it beside the copy that serves; 202 with the run",
  operation: rebuildProjection,
  body: z.strictObject({ ...rebuildFields, ...attributionFields }),
  bodyOptional: true,
  handle: async (call) =>
    json(await rebuildProjection(operationContext(call), { ...call.body, name: call.path.name ?? "" }), 202),
});

/** What comparing found. */
export const differencesEndpoint = endpoint({
  path: "/api/v1/{store}/projections/{name}/generations/{generation}/differences",
  summary: "What comparing a rebuilt generation found: counts, and the first rows that differed, with their values now",
  role: "viewer",
  handle: async ({ context, path }) => json(await differencesOf(context, path.name ?? "", Number(path.generation))),
});

/** Retires a generation. */
export const retireEndpoint = endpoint({
  path: "/api/v1/{store}/projections/{name}/generations/{generation}/retire",
  summary: "Drop the tables of a generation that does not serve, for good",
  operation: retireGeneration,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) =>
    json(
      await retireGeneration(operationContext(call), {
        ...call.body,
        name: call.path.name ?? "",
        generation: Number(call.path.generation),
      }),
    ),
});
