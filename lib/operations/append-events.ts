import { z } from "zod";
import type { Append, WriteResult } from "@/lib/event-store/recorded-event";
import { TidemarkError } from "@/lib/kernel/errors";
import { categoryOf } from "@/lib/kernel/stream-name";
import { operation } from "@/lib/operations/operation";
import { AUDIT_STREAM } from "@/lib/queries/audit-entries";
import { inAppendSpan } from "@/lib/telemetry/append-span";
import { attributes } from "@/lib/telemetry/attributes";
import { currentTraceparent } from "@/lib/telemetry/tracer";

/** Appends to one or several streams, all or nothing. The events carry who asked; they are their own audit. */
export const appendEvents = operation({
  name: "append-events",
  role: "operator",
  // The store checks every field of an append and names what it refuses; here only what is ours to refuse.
  input: z.custom<Omit<Append, "actor">>((value) => typeof value === "object" && value !== null),
  audited: false,
  target: ({ writes }) => writes?.[0]?.stream ?? null,
  act: async ({ store, principal }, append): Promise<readonly WriteResult[]> => {
    for (const { stream } of append.writes) refuseAuditStream(stream);
    const about = { [attributes.stream]: append.writes[0]?.stream ?? "", [attributes.appends]: append.writes.length };
    return inAppendSpan(about, () => {
      const traceparent = currentTraceparent() ?? append.traceparent ?? null;
      return store.append({ ...append, traceparent, actor: principal.id });
    });
  },
  observe: async (_, __, results) => results,
});

/** The audit is written by operations alone: an entry that anybody may append proves nothing. Throws `forbidden`. */
function refuseAuditStream(stream: string): void {
  if (categoryOf(stream) !== categoryOf(AUDIT_STREAM)) return;
  throw new TidemarkError(
    "forbidden",
    `Streams of the category ${categoryOf(AUDIT_STREAM)} are written by Tidemark alone.`,
    {
      stream,
    },
  );
}
