import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { limit, name } from "@/app/api/_endpoints/parameters";
import { captureFixture } from "@/lib/fixtures/capture-fixture";
import { assigneeName, assignLetters } from "@/lib/operations/assign-letters";
import { attributionFields, requiredReason } from "@/lib/operations/attribution";
import { dryRunLetters } from "@/lib/operations/dry-run-letters";
import { type LettersOrdered, retryLetters, skipLetters } from "@/lib/operations/order-letters";
import { snoozeLetters, snoozeUntil, wakeLetters } from "@/lib/operations/snooze-letters";
import { deadLetterGroup, listDeadLetterGroups } from "@/lib/queries/dead-letter-groups";
import { countDeadLetters, deadLetter, listDeadLetters } from "@/lib/queries/dead-letters";

/** Parked events, one by one or by cause. */
export const listDeadLettersEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters",
  summary: "Open dead letters, oldest first; with `by=cause` their groups, newest failure first, the snoozed last",
  role: "viewer",
  query: z.strictObject({
    by: z.enum(["letter", "cause"]).default("letter"),
    consumer: name.optional(),
    group: name.optional(),
    assignee: name.optional().describe("With `by=cause`: only what is assigned to this person"),
    cursor: z.string().max(200).optional().describe("The `next` of the page before"),
    limit: limit.optional(),
  }),
  handle: async ({ context, query: { by, group, assignee, ...page } }) => {
    const [found, open] = await Promise.all([
      by === "cause"
        ? listDeadLetterGroups(context, { ...page, assignee })
        : listDeadLetters(context, { ...page, group }),
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

/** The stream of a dead letter as a fixture. */
export const letterFixtureEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters/{id}/fixture",
  summary:
    "The stream of a dead letter up to its event as a golden fixture; 409 while today's code cannot read or fold it",
  role: "viewer",
  handle: async ({ context, tidemark, path }) => {
    const { stream, version } = await deadLetter(context, path.id ?? "");
    return json(await captureFixture(tidemark, stream, version));
  },
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

/** What skipping one would do. */
export const previewSkipLetterEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters/{id}/skip",
  summary: "What skipping a dead letter would do; `hash` approves exactly this, as `approved` of the POST",
  role: "operator",
  handle: async (call) => json(await previewSkip(call, { ids: [call.path.id ?? ""] })),
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

/** What skipping a group would do. */
export const previewSkipGroupEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters/groups/{group}/skip",
  summary: "What skipping a group, or some of it, would do; `hash` approves exactly this, as `approved` of the POST",
  role: "operator",
  query: z.strictObject({
    ids: z
      .string()
      .max(10_000)
      .transform((text) => text.split(","))
      .optional()
      .describe("Only these of the group, with commas between"),
  }),
  handle: async (call) => json(await previewSkip(call, { group: call.path.group ?? "", ...call.query })),
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

/** Assigns a group. */
export const assignGroupEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters/groups/{group}/assign",
  summary: "Say whose a group of dead letters is; holds until the last of its letters of now is closed",
  operation: assignLetters,
  body: z.strictObject({ ...attributionFields, assignee: assigneeName }),
  handle: async (call) =>
    json(await assignLetters(operationContext(call), { ...call.body, group: call.path.group ?? "" })),
});

/** Snoozes a group. */
export const snoozeGroupEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters/groups/{group}/snooze",
  summary: "Take a group off what needs attention, until a time or the next deploy; nothing else changes",
  operation: snoozeLetters,
  body: z.strictObject({ ...attributionFields, until: snoozeUntil }),
  handle: async (call) =>
    json(await snoozeLetters(operationContext(call), { ...call.body, group: call.path.group ?? "" })),
});

/** Wakes a group. */
export const wakeGroupEndpoint = endpoint({
  path: "/api/v1/{store}/dead-letters/groups/{group}/wake",
  summary: "End the snooze of a group; 409 when it is not snoozed",
  operation: wakeLetters,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) =>
    json(await wakeLetters(operationContext(call), { ...call.body, group: call.path.group ?? "" })),
});

/** Reason and typed confirmation belong to the act and are no part of what is approved. */
async function previewSkip(
  call: Parameters<typeof operationContext>[0],
  choice: { readonly ids?: string[] | undefined; readonly group?: string },
) {
  const asked = { ...choice, reason: "only looked at", confirm: "" };
  const { preview, hash } = await skipLetters.preview(operationContext(call), asked);
  return { ...preview, hash };
}

function answer(ordered: LettersOrdered): Response {
  return json(ordered, ordered.observed ? 200 : 202);
}
