import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { tokenOf } from "@/app/api/_endpoints/consistency";
import { importEvents } from "@/lib/operations/import-events";

/** Takes a foreign log, a part at a time. */
export const importEndpoint = endpoint({
  path: "/api/v1/{store}/import",
  summary:
    "Import CloudEvents 1.0, one a line; refused lines are listed by number, and the same lines again add nothing",
  operation: importEvents,
  takes: "application/x-ndjson",
  query: z.strictObject({
    strict: z.enum(["true", "false"]).optional().describe("Stop at the first line that is refused"),
    tenant: z.string().min(1).max(200).optional().describe("The tenant of events that name none"),
  }),
  handle: async (call) => {
    const { strict, tenant } = call.query;
    const input = {
      lines: call.text.split("\n"),
      strict: strict === "true",
      ...(tenant === undefined ? {} : { tenant }),
    };
    const imported = await importEvents(operationContext(call), input);
    const token = tokenOf(imported.lastPosition);
    return json({ ...imported, ...token.field }, 200, token.headers);
  },
});
