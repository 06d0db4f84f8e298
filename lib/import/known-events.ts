import { EVENT_COLUMNS, type EventRow, toRecordedEvent } from "@/lib/event-store/event-row";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { ImportTarget } from "@/lib/import/import-chunk";
import type { ImportEvent, RefusedLine } from "@/lib/import/import-event";
import { microseconds } from "@/lib/kernel/time";
import { isSamePayload } from "@/lib/privacy/open-payload";

/** The stored events among `ids`, by id, ready to be held against others. */
export async function knownEvents(
  { pool: database, sealing }: ImportTarget,
  ids: readonly string[],
): Promise<Map<string, RecordedEvent>> {
  if (ids.length === 0) return new Map();
  const { rows } = await database.query<EventRow>({
    name: "import-known",
    text: `select ${EVENT_COLUMNS} from unnest($1::uuid[]) as i(id)
      cross join lateral (select * from events e where e.event_id = i.id limit 1) e`,
    values: [ids],
  });
  const events = rows.map(toRecordedEvent);
  await sealing?.bringKeys(events);
  return new Map(events.map((event) => [event.id, event]));
}

/**
 * Whether an event of the input is the one that already has its id: undefined when it is, with the same content; else
 * the refusal that names the first difference. The input says nothing of a time it leaves out, so that is no difference.
 */
export function refusalOfKnown(given: ImportEvent, known: RecordedEvent | ImportEvent): RefusedLine | undefined {
  const difference = differenceOf(given, known);
  if (difference === undefined) return undefined;
  const where = "position" in known ? `at position ${known.position}` : `on line ${known.line}`;
  return {
    line: given.line,
    reason: "event-id-reused",
    message: `An event with this id stands ${where}, and its ${difference} differs. Give this event an id of its own.`,
  };
}

function differenceOf(given: ImportEvent, known: RecordedEvent | ImportEvent): string | undefined {
  for (const [field, name] of FIELDS) {
    // An import always says what the metadata is; what an append left out reads as null, too.
    const there = field === "metadata" ? (known.metadata ?? "null") : known[field];
    if (given[field] === there) continue;
    if (field !== "data" || !("position" in known) || !isSamePayload(known, given.plain ?? given.data)) return name;
  }
  if (given.occurredAt === null) return undefined;
  const at = known.occurredAt === null ? undefined : microseconds(known.occurredAt);
  return microseconds(given.occurredAt) === at ? undefined : "time";
}

const FIELDS = [
  ["stream", "stream"],
  ["type", "type"],
  ["schemaVersion", "schema version"],
  ["data", "data"],
  ["metadata", "metadata"],
  ["correlationId", "correlation id"],
  ["causationId", "causation id"],
  ["actor", "actor"],
  ["tenant", "tenant"],
  ["traceparent", "traceparent"],
] as const;
