import { z } from "zod";
import { json, plainText } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { limit, name, position } from "@/app/api/_endpoints/parameters";
import { NotFound } from "@/lib/kernel/errors";
import { attributionFields, requiredReason } from "@/lib/operations/attribution";
import { beginSigningKey } from "@/lib/operations/begin-signing-key";
import { settleHistoryAlarm } from "@/lib/operations/settle-history-alarm";
import { checkpointOf, integrity, latestCheckpoint, listCheckpoints } from "@/lib/queries/integrity";
import { consistencyOf, inclusionOf } from "@/lib/queries/proofs";

const size = z
  .string()
  .regex(/^[1-9]\d{0,14}$/, "must be a whole number from 1")
  .describe("A number of leaves: the size of a tree");

/** How the Merkle log stands. */
export const integrityEndpoint = endpoint({
  path: "/api/v1/{store}/integrity",
  summary: "The Merkle log: its name and keys, its size, the latest checkpoint, and what that does not speak of yet",
  role: "viewer",
  handle: async ({ context }) => json(await integrity(context)),
});

/** Settles the alarm that history was changed. */
export const settleHistoryAlarmEndpoint = endpoint({
  path: "/api/v1/{store}/integrity/alarm/settle",
  summary: "Settle the open alarm that history was changed, with a reason: what was found is known, and stays",
  operation: settleHistoryAlarm,
  body: z.strictObject({ ...attributionFields, reason: requiredReason }),
  handle: async (call) => json(await settleHistoryAlarm(operationContext(call), call.body)),
});

/** Begins a new signing key. */
export const beginSigningKeyEndpoint = endpoint({
  path: "/api/v1/{store}/integrity/keys",
  summary: "Begin a new signing key in the place of the one that signs now, which never signs again",
  operation: beginSigningKey,
  body: z.strictObject({
    ...attributionFields,
    reason: requiredReason,
    key: z.string().trim().min(1).max(1_000).describe("The public half of the new key: name+id+key"),
  }),
  handle: async (call) => json(await beginSigningKey(operationContext(call), call.body), 201),
});

/** The latest note, as a text to keep. */
export const checkpointNoteEndpoint = endpoint({
  path: "/api/v1/{store}/integrity/checkpoint",
  summary: "The latest signed checkpoint note (C2SP tlog-checkpoint), as plain text",
  role: "viewer",
  handle: async ({ context }) => {
    const latest = await latestCheckpoint(context);
    if (latest) return plainText(latest.note, "text/plain; charset=utf-8");
    throw new NotFound("checkpoint", "of any size yet");
  },
});

/** Past checkpoints. */
export const listCheckpointsEndpoint = endpoint({
  path: "/api/v1/{store}/integrity/checkpoints",
  summary: "Signed checkpoints with their notes, the latest first",
  role: "viewer",
  query: z.strictObject({ cursor: size.optional(), limit: limit.optional() }),
  handle: async ({ context, query }) => json(await listCheckpoints(context, query)),
});

/** One checkpoint. */
export const checkpointEndpoint = endpoint({
  path: "/api/v1/{store}/integrity/checkpoints/{size}",
  summary: "The checkpoint of a size, with its note",
  role: "viewer",
  handle: async ({ context, path }) => json(await checkpointOf(context, path.size ?? "")),
});

/** The proof of one event. */
export const inclusionEndpoint = endpoint({
  path: "/api/v1/{store}/integrity/inclusion",
  summary: "Proof (RFC 9162) that an event is in the tree of a checkpoint: of the latest, or of a size",
  role: "viewer",
  query: z.strictObject({
    event: name.optional().describe("The id of the event; or give its position"),
    position: position.optional(),
    size: size.optional(),
  }),
  handle: async ({ context, query }) => json(await inclusionOf(context, query)),
});

/** The proof that history only grew. */
export const consistencyEndpoint = endpoint({
  path: "/api/v1/{store}/integrity/consistency",
  summary: "Proof (RFC 9162) that the tree of `to`, the latest when absent, begins with the tree of `from`",
  role: "viewer",
  query: z.strictObject({ from: size, to: size.optional() }),
  handle: async ({ context, query }) => json(await consistencyOf(context, query)),
});
