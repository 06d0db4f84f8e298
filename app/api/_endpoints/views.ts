import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { viewPages } from "@/lib/kernel/console-address";
import { attributionFields } from "@/lib/operations/attribution";
import { deleteView, renameView, shareView } from "@/lib/operations/change-view";
import { saveView, viewFields, viewName } from "@/lib/operations/save-view";
import { savedViews } from "@/lib/queries/saved-views";

/** The views that the caller sees. */
export const listViewsEndpoint = endpoint({
  path: "/api/v1/{store}/views",
  summary: "Saved views: one's own and those that are shared, by name",
  role: "viewer",
  query: z.strictObject({ page: z.enum(viewPages).optional() }),
  handle: async ({ context, principal, query }) => json(await savedViews(context, principal.id, query.page)),
});

/** Saves one. */
export const saveViewEndpoint = endpoint({
  path: "/api/v1/{store}/views",
  summary: "Keep a list page with its filter under a name; the same name again replaces it",
  operation: saveView,
  body: z.strictObject({ ...viewFields, ...attributionFields }),
  handle: async (call) => json(await saveView(operationContext(call), call.body)),
});

/** Renames one. */
export const renameViewEndpoint = endpoint({
  path: "/api/v1/{store}/views/{id}/rename",
  summary: "Give a view of one's own another name",
  operation: renameView,
  body: z.strictObject({ name: viewName, ...attributionFields }),
  handle: async (call) => json(await renameView(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});

/** Shares one, or not any more. */
export const shareViewEndpoint = endpoint({
  path: "/api/v1/{store}/views/{id}/share",
  summary: "Show a view of one's own to everybody, or to nobody else any more",
  operation: shareView,
  body: z.strictObject({ shared: z.boolean(), ...attributionFields }),
  handle: async (call) => json(await shareView(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});

/** Deletes one. */
export const deleteViewEndpoint = endpoint({
  path: "/api/v1/{store}/views/{id}/delete",
  summary: "Delete a view of one's own; admins also the shared ones of others",
  operation: deleteView,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) => json(await deleteView(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});
