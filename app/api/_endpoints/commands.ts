import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { tokenOf } from "@/app/api/_endpoints/consistency";
import { contextHeaders } from "@/app/api/_endpoints/parameters";
import { sendCommand } from "@/lib/operations/send-command";

/** Runs a command of the domain. */
export const commandEndpoint = endpoint({
  path: "/api/v1/{store}/commands/{category}/{id}/{command}",
  summary:
    "Run a command; the body is its input (its schema is in /catalog), headers Idempotency-Key, Correlation-Id, traceparent",
  operation: sendCommand,
  body: z.unknown(),
  handle: async (call) => {
    const receivedAt = new Date().toISOString();
    const { category = "", id = "", command = "" } = call.path;
    const headers = contextHeaders(call.request);
    const accepted = await sendCommand(operationContext(call), {
      ...{ category, id, command, receivedAt },
      ...headers,
      input: call.body,
    });
    const { outcome, stream, version, position, events, replayed, commandId, correlationId } = accepted;
    const token = tokenOf(position);
    const body = { outcome, stream, version, position, events, replayed, commandId, correlationId, ...token.field };
    return json(body, 200, token.headers);
  },
});
