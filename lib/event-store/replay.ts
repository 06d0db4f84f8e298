import type pg from "pg";
import { EVENT_COLUMNS, type EventRow, toRecordedEvent } from "@/lib/event-store/event-row";
import { idsOf, type PreparedAppend, type PreparedEvent } from "@/lib/event-store/prepare-append";
import type { RecordedEvent, WriteResult } from "@/lib/event-store/recorded-event";
import { IdempotencyKeyReused } from "@/lib/kernel/errors";
import { microseconds } from "@/lib/kernel/time";
import { isSamePayload } from "@/lib/privacy/open-payload";
import type { Sealing } from "@/lib/privacy/sealing";

/**
 * The answer to an append some of whose ids are stored: the first result when the stored events are these events, with
 * the same bytes in the same places; sealed values are held against what was given. Throws `IdempotencyKeyReused` when they are not, naming the first difference.
 */
export async function replay(
  database: Pick<pg.Pool, "query">,
  append: PreparedAppend,
  sealing?: Sealing,
): Promise<readonly WriteResult[]> {
  const { rows } = await database.query<EventRow>({
    name: "replay",
    text: `select ${EVENT_COLUMNS} from unnest($1::uuid[]) as i(id)
      cross join lateral (select * from events e where e.event_id = i.id limit 1) e`,
    values: [append.guardId === undefined ? append.ids : [...append.ids, append.guardId]],
  });
  const stored = new Map(rows.map((row) => [row.event_id, toRecordedEvent(row)]));
  await sealing?.bringKeys([...stored.values()]);
  const results = append.writes.map((write): WriteResult => {
    const events = write.events.map((event, order) => {
      const found = stored.get(event.id);
      const first = stored.get(write.events[0]?.id ?? "");
      const difference = differenceOf(event, found, write.stream);
      if (difference || !found || !first) throw reused(append, event.id, difference ?? "it is not stored");
      if (found.version !== first.version + order) throw reused(append, event.id, "it stands elsewhere");
      return found;
    });
    return resultOf(write.stream, events, append.repeatable);
  });
  const beyond = append.guardId;
  if (beyond !== undefined && stored.has(beyond)) throw reused(append, beyond, "the first request had more events");
  return results;
}

/** Those of the appends of which some id is stored. */
export async function findKnown(
  database: Pick<pg.Pool, "query">,
  appends: readonly PreparedAppend[],
): Promise<ReadonlySet<PreparedAppend | undefined>> {
  if (appends.length === 0) return new Set();
  const { rows } = await database.query<{ id: string }>({
    name: "find_known",
    text: `select i.id from unnest($1::uuid[]) as i(id)
      cross join lateral (select from events e where e.event_id = i.id limit 1) e`,
    values: [appends.flatMap(idsOf)],
  });
  const stored = new Set(rows.map(({ id }) => id));
  return new Set(appends.filter((append) => idsOf(append).some((id) => stored.has(id))));
}

function differenceOf(given: PreparedEvent, found: RecordedEvent | undefined, stream: string): string | undefined {
  const { event } = given;
  if (!found) return "the first request did not have it";
  if (found.stream !== stream) return "it stands in another stream";
  if (found.type !== event.type) return "its type differs";
  if (found.schemaVersion !== event.schemaVersion) return "its schema version differs";
  if (found.data !== event.data && !isSamePayload(found, given.plain ?? event.data)) return "its data differs";
  if (found.metadata !== (event.metadata ?? null)) return "its metadata differs";
  if (event.occurredAt != null && microseconds(event.occurredAt) !== microseconds(found.occurredAt)) {
    return "its time of occurrence differs";
  }
  return undefined;
}

function resultOf(stream: string, events: readonly RecordedEvent[], repeatable: boolean): WriteResult {
  const first = events[0];
  const last = events.at(-1);
  if (!first || !last) throw new Error("a write without events was sent");
  return {
    stream,
    fromVersion: first.version,
    toVersion: last.version,
    firstPosition: first.position,
    lastPosition: last.position,
    recordedAt: first.recordedAt,
    // Ids that nobody else knows were stored by an earlier try of this very call, whose answer was lost.
    replayed: repeatable,
  };
}

function reused(append: PreparedAppend, eventId: string, difference: string): IdempotencyKeyReused {
  return new IdempotencyKeyReused({ idempotencyKey: append.context.idempotencyKey ?? null, eventId, difference });
}
