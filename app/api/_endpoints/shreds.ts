import { z } from "zod";
import { json, plainText } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { limit } from "@/app/api/_endpoints/parameters";
import { attributionFields, requiredReason } from "@/lib/operations/attribution";
import { approvalFields, approveShred, refuseShred } from "@/lib/operations/decide-shred";
import { revealShredSubject } from "@/lib/operations/find-subject";
import { requestShred, shredFields } from "@/lib/operations/request-shred";
import { certificateOf, listShreds, shredFilters, shredOf } from "@/lib/queries/list-shreds";

/** Requests to forget a person. */
export const listShredsEndpoint = endpoint({
  path: "/api/v1/{store}/shreds",
  summary:
    "Requests to forget a person: open ones by when they are due, those that are overdue, or ended ones, the latest first",
  role: "privacy-officer",
  query: z.strictObject({
    state: z.enum(shredFilters).optional(),
    cursor: z.string().max(100).optional(),
    limit: limit.optional(),
  }),
  handle: async ({ context, query }) => json(await listShreds(context, query)),
});

/** Asks that a person be forgotten. */
export const requestShredEndpoint = endpoint({
  path: "/api/v1/{store}/shreds",
  summary: "Ask that a person be forgotten; a run finds what that would touch; 202 with the request",
  operation: requestShred,
  body: z.strictObject({ ...attributionFields, ...shredFields, reason: requiredReason }),
  handle: async (call) => json(await requestShred(operationContext(call), call.body), 202),
});

/** One request. */
export const shredEndpoint = endpoint({
  path: "/api/v1/{store}/shreds/{id}",
  summary: "A request with its frozen preview and the hash that approves it",
  role: "privacy-officer",
  handle: async ({ context, path }) => json(await shredOf(context, path.id ?? "")),
});

/** Approves one. */
export const approveShredEndpoint = endpoint({
  path: "/api/v1/{store}/shreds/{id}/approve",
  summary: "Approve what a request would erase, by the hash of its preview, for good; 202 with the request and its run",
  operation: approveShred,
  body: z.strictObject({ ...attributionFields, ...approvalFields }),
  handle: async (call) =>
    json(await approveShred(operationContext(call), { ...call.body, request: call.path.id ?? "" }), 202),
});

/** Refuses one. */
export const refuseShredEndpoint = endpoint({
  path: "/api/v1/{store}/shreds/{id}/refuse",
  summary: "Refuse a request, or withdraw an approved one while nothing is destroyed, with a reason",
  operation: refuseShred,
  body: z.strictObject({ ...attributionFields, reason: requiredReason }),
  handle: async (call) =>
    json(await refuseShred(operationContext(call), { ...call.body, request: call.path.id ?? "" })),
});

/** Whom one is about. */
export const revealShredEndpoint = endpoint({
  path: "/api/v1/{store}/shreds/{id}/reveal",
  summary: "Whom an open request is about, with a reason; audited",
  operation: revealShredSubject,
  body: z.strictObject({ ...attributionFields, reason: requiredReason }),
  handle: async (call) =>
    json(await revealShredSubject(operationContext(call), { ...call.body, request: call.path.id ?? "" })),
});

/** Its certificate, as a text to keep. */
export const shredCertificateEndpoint = endpoint({
  path: "/api/v1/{store}/shreds/{id}/certificate",
  summary: "The signed certificate of a completed request, as plain text; `tidemark shreds verify` checks it offline",
  role: "privacy-officer",
  handle: async ({ context, path }) =>
    plainText(await certificateOf(context, path.id ?? ""), "text/plain; charset=utf-8"),
});
