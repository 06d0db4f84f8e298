import type { Attributes } from "@opentelemetry/api";
import { attributes } from "@/lib/telemetry/attributes";
import { withSpan } from "@/lib/telemetry/tracer";

/** What the database conventions say of an append. */
const DATABASE = {
  [attributes.database]: "postgresql",
  [attributes.databaseOperation]: "append",
  [attributes.collection]: "events",
} as const;

/** Runs an append in its span; the context of that span is what the events carry on. */
export function inAppendSpan<T>(about: Attributes, work: () => Promise<T>): Promise<T> {
  return withSpan("append", { kind: "CLIENT", attributes: { ...about, ...DATABASE } }, work);
}
