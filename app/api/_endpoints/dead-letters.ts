import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { limit, name } from "@/app/api/_endpoints/parameters";
import { attributionFields, requiredReason } from "@/lib/operations/attribution";
import { dryRunLetters } from "@/lib/operations/dry-run-letters";
import { type LettersOrdered, retryLetters, skipLetters } from "@/lib/operations/order-letters";
import { deadLetterGroup, listDeadLetterGroups } from "@/lib/queries/dead-letter-groups";
import { countDeadLetters, deadLetter, listDeadLetters } from "@/lib/queries/dead-letters";

/** Parked events, one by one or by cause. */
export const listDeadLettersEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters",
  summary: "Open dead letters, oldest first; with `by=cause` their groups, newest failure first",
  role: "viewer",
  query: z.strictObject({
    by: z.enum(["letter", "cause"]).default("letter"),
    consumer: name.optional(),
    group: name.optional(),
    cursor: z.string().max(200).optional().describe("The `next` of the page before"),
    limit: limit.optional(),
  }),
  handle: async ({ context, query: { by, group, ...page } }) => {
    const [found, open] = await Promise.all([
      by === "cause" ? listDeadLetterGroups(context, page) : listDeadLetters(context, { ...page, group }),
      countDeadLetters(context),
    ]);
    return json({ ...found, open });
  },
});

/** One dead letter. */
export const deadLetterEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters/{id}",
  summary: "One dead letter, open or closed",
  role: "viewer",
  handle: async ({ context, path }) => json(await deadLetter(context, path.id ?? "")),
});

/** One group. */
export const deadLetterGroupEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters/groups/{group}",
  summary: "The dead letters of one cause together; the letters themselves are at `/dead-letters?group=`",
  role: "viewer",
  handle: async ({ context, path }) => json(await deadLetterGroup(context, path.group ?? "")),
});

const nothing = z.strictObject({});
const some = z.array(z.string().max(30)).min(1).max(500).optional().describe("Only these of the group");
const only = z.literal("passing").optional().describe("Only those that pass a dry run with today's code");
const confirm = z.string().max(512).describe("The stream of the event, or the name of the group");

/** Tries one. */
export const dryRunLetterEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters/{id}/dry-run",
  summary: "Try a dead letter and what waits behind it with today's code; nothing is changed",
  operation: dryRunLetters,
  body: nothing,
  bodyOptional: true,
  handle: async (call) => json(await dryRunLetters(operationContext(call), { ids: [call.path.id ?? ""] })),
});

/** Retries one. */
export const retryLetterEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters/{id}/retry",
  summary:
    "Apply a parked event and what waits behind it; 200 when it was done (or failed again), else 202; 409 when somebody was first",
  operation: retryLetters,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) =>
    answer(await retryLetters(operationContext(call), { ids: [call.path.id ?? ""], ...call.body })),
});

/** Skips one. */
export const skipLetterEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters/{id}/skip",
  summary: "Give a parked event up for good and apply what waits behind it; 409 when somebody was first",
  operation: skipLetters,
  body: z.strictObject({ ...attributionFields, reason: requiredReason, confirm }),
  handle: async (call) =>
    answer(await skipLetters(operationContext(call), { ids: [call.path.id ?? ""], ...call.body })),
});

/** Tries a group, or some of it. */
export const dryRunGroupEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters/groups/{group}/dry-run",
  summary: "Try the dead letters of a group with today's code, at most 200; nothing is changed",
  operation: dryRunLetters,
  body: z.strictObject({ ids: some }),
  bodyOptional: true,
  handle: async (call) =>
    json(await dryRunLetters(operationContext(call), { group: call.path.group ?? "", ...call.body })),
});

/** Retries a group, or some of it. */
export const retryGroupEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters/groups/{group}/retry",
  summary: "Retry the dead letters of a group, all or some, or only those that would pass",
  operation: retryLetters,
  body: z.strictObject({ ids: some, only, ...attributionFields }),
  bodyOptional: true,
  handle: async (call) =>
    answer(await retryLetters(operationContext(call), { group: call.path.group ?? "", ...call.body })),
});

/** Skips a group, or some of it. */
export const skipGroupEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters/groups/{group}/skip",
  summary: "Give the dead letters of a group up for good, all or some",
  operation: skipLetters,
  body: z.strictObject({ ids: some, ...attributionFields, reason: requiredReason, confirm }),
  handle: async (call) =>
    answer(await skipLetters(operationContext(call), { group: call.path.group ?? "", ...call.body })),
});

function answer(ordered: LettersOrdered): Response {
  return json(ordered, ordered.observed ? 200 : 202);
}
