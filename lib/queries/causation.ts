import type { ReadDatabase } from "@/lib/db/read-database";
import { type EventRecord, type EventRow, eventColumns, toEventRow } from "@/lib/queries/event-row";

/** A node of the causation tree around an event; `depth` counts from the event: causes −1, −2 …, effects 1, 2 … */
export type CausationNode = {
  readonly event: EventRow;
  readonly depth: number;
  /** The node it hangs under among the effects, or the one it caused among the causes. */
  readonly parentId: string | null;
};

/** How far a chain of causes is followed, and how many events of a correlation are searched for effects. */
const CAUSES_MAX = 20;
const CORRELATED_MAX = 1_000;

/**
 * Follows the chain of causes upwards by event id, nearest first; `more` when it goes on. An event that a command caused
 * names the command: there the chain ends, unless the command itself names the event it answers to.
 */
export async function causesOf(
  reads: ReadDatabase,
  causationId: string | null,
  eventId: string,
): Promise<{ readonly causes: readonly CausationNode[]; readonly more: boolean }> {
  if (causationId === null || !isUuidLike(causationId)) return { causes: [], more: false };
  const records = await reads.query<EventRecord>(
    `with recursive chain(position, causation_id, depth) as (
       select e.position, e.causation_id, 1 from events e where e.event_id = $1::uuid
       union all
       select e.position, e.causation_id, chain.depth + 1 from chain
         join events e on e.event_id = case when chain.causation_id ~ '^[0-9a-fA-F-]{36}$' then chain.causation_id::uuid end
        where chain.depth <= $2
     )
     select ${eventColumns} from chain join events e on e.position = chain.position order by chain.depth`,
    [causationId, CAUSES_MAX],
  );
  const shown = records.slice(0, CAUSES_MAX);
  const causes = shown.map((record, index) => ({
    event: toEventRow(record),
    depth: -1 - index,
    parentId: shown[index - 1]?.event_id ?? eventId,
  }));
  return { causes, more: records.length > CAUSES_MAX };
}

/**
 * The events that an event led to, depth first in the order of the log. They are looked for within its correlation, which
 * is what a correlation is for; `more` when that has more events than are searched.
 */
export async function effectsOf(
  reads: ReadDatabase,
  event: { readonly id: string; readonly correlationId: string; readonly position: string },
): Promise<{ readonly effects: readonly CausationNode[]; readonly more: boolean }> {
  const records = await reads.query<EventRecord>(
    `select ${eventColumns} from events e
      where (e.correlation_id, e.position) > ($1::text, $2::bigint) and e.correlation_id <= $1::text
      order by e.correlation_id, e.position limit $3::int`,
    [event.correlationId, event.position, CORRELATED_MAX + 1],
  );
  const byCause = new Map<string, EventRecord[]>();
  for (const record of records.slice(0, CORRELATED_MAX)) {
    if (record.causation_id === null) continue;
    const siblings = byCause.get(record.causation_id);
    if (siblings) siblings.push(record);
    else byCause.set(record.causation_id, [record]);
  }
  // A stack, not recursion: a chain of causes may be as long as the correlation.
  const effects: CausationNode[] = [];
  const open = [{ id: event.id, depth: 0 }].flatMap((root) => childrenOf(byCause, root));
  for (let next = open.pop(); next; next = open.pop()) {
    effects.push({ event: toEventRow(next.record), depth: next.depth, parentId: next.parentId });
    open.push(...childrenOf(byCause, { id: next.record.event_id, depth: next.depth }));
  }
  return { effects, more: records.length > CORRELATED_MAX };
}

type Pending = { readonly record: EventRecord; readonly depth: number; readonly parentId: string };

/** Newest first, because the stack turns them round. Taking them out of the map ends every circle. */
function childrenOf(byCause: Map<string, EventRecord[]>, parent: { id: string; depth: number }): Pending[] {
  const children = byCause.get(parent.id) ?? [];
  byCause.delete(parent.id);
  return children.map((record) => ({ record, depth: parent.depth + 1, parentId: parent.id })).reverse();
}

function isUuidLike(text: string): boolean {
  return /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(text);
}
