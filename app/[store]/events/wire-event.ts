import type { EventRow } from "@/lib/queries/event-row";
import type { EventFilterText } from "./event-filter";

/** A live event as a row of the log, or undefined when it is not one or does not fit the filter. */
export function liveRow(text: string, filter: EventFilterText): EventRow | undefined {
  const event = parse(text);
  if (!event || typeof event.position !== "string" || typeof event.id !== "string") return undefined;
  const row = { ...event, bytes: new TextEncoder().encode(JSON.stringify(event.data)).length } as EventRow & {
    data?: unknown;
  };
  if (!fits(row, filter) || !fitsData(event.data, filter.data ?? {})) return undefined;
  const { data: _payload, ...withoutPayload } = row;
  return withoutPayload;
}

function fits(row: EventRow, filter: EventFilterText): boolean {
  return (
    (filter.type === undefined || row.type === filter.type) &&
    (filter.stream === undefined || row.stream === filter.stream) &&
    (filter.category === undefined || row.stream.split("-", 1)[0] === filter.category) &&
    (filter.correlation === undefined || row.correlationId === filter.correlation) &&
    (filter.streamPart === undefined || row.stream.includes(filter.streamPart)) &&
    (filter.actor === undefined || row.actor === filter.actor) &&
    (filter.tenant === undefined || row.tenant === filter.tenant)
  );
}

function fitsData(data: unknown, wanted: Readonly<Record<string, string>>): boolean {
  return Object.entries(wanted).every(([path, value]) => {
    let at: unknown = data;
    for (const part of path.split(".")) {
      at = typeof at === "object" && at !== null ? (at as Record<string, unknown>)[part] : undefined;
    }
    return at !== undefined && String(at) === value;
  });
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
