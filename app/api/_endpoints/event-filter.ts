import type { z } from "zod";
import { name, time } from "@/app/api/_endpoints/parameters";
import { InvalidRequest } from "@/lib/kernel/errors";
import type { EventFilter } from "@/lib/queries/event-filter";

/** The query parameters that narrow the log, wherever it is listed; beside them stand `data.<path>`. */
export const eventFilterFields = {
  type: name.optional(),
  category: name.optional(),
  stream: name.optional(),
  streamPart: name.optional().describe("Text that the stream's name holds"),
  correlation: name.optional(),
  actor: name.optional(),
  tenant: name.optional(),
  from: time.optional().describe("Recorded at or after this time"),
  to: time.optional().describe("Recorded before this time"),
} satisfies Readonly<Record<string, z.ZodType>>;

/** The filter that a query's parameters say; `data.<path>` are conditions on the payload. Throws `InvalidRequest`. */
export function eventFilterOf(given: Readonly<Record<string, string | undefined>>): EventFilter {
  const { type, category, stream, streamPart, correlation, actor, tenant, from, to, ...rest } = given;
  return {
    ...{ type, category, stream, streamPart, correlation, actor, tenant, from, to },
    data: payloadConditions(rest),
  };
}

function payloadConditions(rest: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const conditions: [string, string][] = [];
  for (const [parameter, value] of Object.entries(rest)) {
    if (value === undefined) continue;
    if (!parameter.startsWith("data.")) {
      throw new InvalidRequest(`There is no parameter ${parameter.slice(0, 100)}.`, [
        { path: parameter.slice(0, 100), message: "is not known" },
      ]);
    }
    conditions.push([parameter.slice("data.".length), value]);
  }
  return Object.fromEntries(conditions);
}
