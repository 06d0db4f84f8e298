import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { asUnavailable, isConnectionLoss, isRetryable, sqlState } from "@/lib/db/unavailable";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { InlineConsumers } from "@/lib/event-store/store";
import type { ImportEvent } from "@/lib/import/import-event";
import { type Loaded, loadEvents, type PreparedLoad } from "@/lib/import/load-events";
import { isoOfMicroseconds, microseconds } from "@/lib/kernel/time";

/** Where an import writes: a pool of the application's role, and the read models that belong to every append. */
export type ImportTarget = { readonly pool: pg.Pool; readonly inline?: InlineConsumers | undefined };

/**
 * Stores a chunk in one transaction, inline consumers included. Safe to repeat, for every event has its id before it is
 * sent: a lost connection, a deadlock or a race with another importer is tried again. `underWay` is called once the
 * server works. Throws `Unavailable` after some tries.
 */
export async function importChunk(
  { pool, inline }: ImportTarget,
  load: PreparedLoad,
  underWay: () => void = () => undefined,
): Promise<Loaded> {
  const { events } = load;
  if (events.length === 0) return { places: [], recordedAt: "" };
  for (let tries = 1; ; tries++) {
    try {
      return await inTransaction(pool, async (client) => {
        await client.query(`set local lock_timeout = ${LOCK_PATIENCE_MS}`);
        const loading = loadEvents(client, load);
        underWay();
        const loaded = await loading;
        const handled = inline ? storedEvents(events, loaded).filter(({ type }) => inline.handles(type)) : [];
        if (inline && handled.length > 0) await inline.apply(client, handled);
        return loaded;
      });
    } catch (error) {
      if (tries === TRIES_MAX || !isPassing(error)) throw asUnavailable(error);
      await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** tries));
    }
  }
}

const LOCK_PATIENCE_MS = 10_000;
const TRIES_MAX = 5;

/** 23505 on the ids: another importer stored one of them in another stream meanwhile; the next try finds it known. */
function isPassing(error: unknown): boolean {
  return isConnectionLoss(error) || isRetryable(error) || (sqlState(error) === "23505" && isIdIndex(error));
}

function isIdIndex(error: unknown): boolean {
  return (error as { constraint?: string }).constraint === "events_event_id";
}

function storedEvents(events: readonly ImportEvent[], { places, recordedAt }: Loaded): RecordedEvent[] {
  return events.flatMap((event, index): RecordedEvent[] => {
    const place = places[index];
    if (!place) return [];
    const { line: _, bytes: __, occurredAt, ...rest } = event;
    const occurred = occurredAt === null ? undefined : microseconds(occurredAt);
    const at = occurred === undefined ? recordedAt : isoOfMicroseconds(occurred);
    return [{ ...rest, ...place, recordedAt, occurredAt: at, command: null }];
  });
}
