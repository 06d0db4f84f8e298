import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { attributionFields } from "@/lib/operations/attribution";
import { rotateKeys } from "@/lib/operations/rotate-keys";
import { keyStatus } from "@/lib/queries/key-status";

/** How the key store stands. */
export const keyStatusEndpoint = endpoint({
  path: "/api/v1/{store}/keys",
  summary:
    "The key store of personal fields: whether it answers, which one it is, how many keys are live and destroyed, and the key-encryption keys by id; never a key, an address or a person",
  role: "viewer",
  handle: async ({ tidemark }) => json(await keyStatus(tidemark.keys, tidemark.seals)),
});

/** Rotates. */
export const rotateKeysEndpoint = endpoint({
  path: "/api/v1/{store}/keys/rotate",
  summary: "Begin a run that wraps every key under the newest key-encryption key; 202 with the run",
  operation: rotateKeys,
  body: z.strictObject({
    perSecond: z.number().positive().max(10_000_000).optional().describe("Wrap no more keys a second"),
    ...attributionFields,
  }),
  bodyOptional: true,
  handle: async (call) => json(await rotateKeys(operationContext(call), call.body), 202),
});
