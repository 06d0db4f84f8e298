import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { attributionFields, requiredReason } from "@/lib/operations/attribution";
import { coolingOffFields, setCoolingOff } from "@/lib/operations/set-cooling-off";
import { coolingOff } from "@/lib/queries/cooling-off";

/** The least cooling-off time. */
export const coolingOffEndpoint = endpoint({
  path: "/api/v1/{store}/cooling-off",
  summary: "For how many minutes after its approval every request to forget a person can at least be withdrawn",
  role: "viewer",
  handle: async ({ context }) => json(await coolingOff(context)),
});

/** Sets it. */
export const setCoolingOffEndpoint = endpoint({
  path: "/api/v1/{store}/cooling-off",
  summary:
    "Set the least cooling-off time of requests to forget a person, with a reason; those that were made keep theirs",
  operation: setCoolingOff,
  body: z.strictObject({ ...attributionFields, ...coolingOffFields, reason: requiredReason }),
  handle: async (call) => json(await setCoolingOff(operationContext(call), call.body)),
});
