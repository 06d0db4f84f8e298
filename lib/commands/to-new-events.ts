import type { Decider, DomainEvent } from "@/lib/define";
import type { NewEvent } from "@/lib/event-store/recorded-event";
import { TidemarkError } from "@/lib/kernel/errors";

/**
 * Turns a decision into events to append. What a decider returns is held against the schemas it declares: a wrong event
 * is a fault of the program and must not reach the log.
 */
export function toNewEvents(decider: Decider, events: readonly DomainEvent[]): readonly NewEvent[] {
  return events.map(({ type, schemaVersion, data }) => {
    const known = decider.events[type];
    const parsed = known?.schema.safeParse(data);
    if (known?.schemaVersion !== schemaVersion || !parsed?.success) {
      const reason = parsed?.error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("; ");
      throw new TidemarkError(
        "internal",
        `The ${decider.category} decider made a ${type} that its schema refuses: ${reason ?? "the type or version is not declared"}.`,
        { category: decider.category, type, schemaVersion },
      );
    }
    return { type, schemaVersion, data: JSON.stringify(parsed.data) };
  });
}
