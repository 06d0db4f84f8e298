import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { asUnavailable, isConnectionLoss, isRetryable, sqlState } from "@/lib/db/unavailable";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import type { InlineConsumers } from "@/lib/event-store/store";
import { createStage, firstStage, type Stage } from "@/lib/import/chunk-stage";
import type { ImportEvent } from "@/lib/import/import-event";
import { type Loaded, loadEvents, POSITIONS_DRAWN, type PreparedLoad } from "@/lib/import/load-events";
import { failpoint } from "@/lib/kernel/failpoint";
import { isoOfMicroseconds, microseconds } from "@/lib/kernel/time";
import type { Sealing } from "@/lib/privacy/sealing";

/** Where an import writes: a pool of the application's role, the read models that belong to every append, and what seals. */
export type ImportTarget = {
  readonly pool: pg.Pool;
  readonly inline?: InlineConsumers | undefined;
  /** Absent: personal data is stored as it comes. */
  readonly sealing?: Sealing | undefined;
};

/** Done last in the transaction that stores a chunk, after all chunks before it; with the positions of its new events. */
type AlsoStored = (client: pg.PoolClient, positions: readonly bigint[]) => Promise<void>;

/** Stores one chunk; `underWay` is called once the server works on it. */
export type ImportChunk = (load: PreparedLoad, underWay: () => void, also?: AlsoStored) => Promise<Loaded>;

/**
 * Stores chunks in the order of the calls, each in one transaction, inline consumers included. A chunk is begun on a second
 * connection as soon as the one before has drawn its positions, and committed only after it: the log has them in order, and
 * a chunk is never there without those before it. Safe to repeat, for every event has its id before it is sent: a lost
 * connection, a deadlock or a race with another importer is tried again. Throws `Unavailable` after some tries; chunks
 * after a failed one throw its error.
 */
export function createChunkQueue(target: ImportTarget): ImportChunk {
  let last: Stage = firstStage;
  // Looking for ids that are stored is dear, and most imports have none: until one is met.
  const ids = { anyKnown: false };
  return (load, underWay, also) => {
    const { stage, ...progress } = createStage();
    const before = last;
    last = stage;
    progress.settle(store(target, load, before, { ...progress, ids, underWay, also }));
    return stage.settled;
  };
}

type Progress = Omit<ReturnType<typeof createStage>, "stage" | "settle"> & {
  /** Shared by the chunks of an import. */
  readonly ids: { anyKnown: boolean };
  readonly underWay: () => void;
  readonly also: AlsoStored | undefined;
};

async function store(target: ImportTarget, load: PreparedLoad, before: Stage, progress: Progress): Promise<Loaded> {
  try {
    if (load.events.length === 0) {
      const { recordedAt } = await before.settled;
      return { places: [], recordedAt };
    }
    return await storeInTurn(target, load, before, progress);
  } finally {
    progress.end(false);
  }
}

async function storeInTurn(
  target: ImportTarget,
  load: PreparedLoad,
  before: Stage,
  progress: Progress,
): Promise<Loaded> {
  for (let tries = 1; ; tries++) {
    const early = tries === 1 && (await before.drawn);
    if (!early) await before.settled;
    try {
      const loaded = await storeOnce(target, load, early ? before : undefined, progress);
      failpoint("import.after-commit");
      progress.end(true);
      return loaded;
    } catch (error) {
      progress.end(false);
      if (error instanceof Overtaken) continue;
      if (isKnownId(error)) progress.ids.anyKnown = true;
      if (tries >= TRIES_MAX || !isPassing(error)) throw asUnavailable(error);
      await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** tries));
    }
  }
}

function storeOnce(
  { pool, inline }: ImportTarget,
  load: PreparedLoad,
  before: Stage | undefined,
  { draw, ids, underWay, also }: Progress,
): Promise<Loaded> {
  return inTransaction(pool, async (client) => {
    await client.query(`set local lock_timeout = ${LOCK_PATIENCE_MS}`);
    const heed = ({ message }: { message: string | undefined }) => {
      if (message === POSITIONS_DRAWN) draw();
    };
    client.on("notice", heed);
    try {
      const loading = loadEvents(client, load, ids.anyKnown);
      underWay();
      const loaded = await loading;
      if (before && !(await before.ended)) throw new Overtaken();
      const handled = inline ? storedEvents(load.events, loaded).filter(({ type }) => inline.handles(type)) : [];
      if (inline && handled.length > 0) await inline.apply(client, handled);
      await also?.(
        client,
        loaded.places.flatMap((place) => (place ? [place.position] : [])),
      );
      failpoint("import.after-load");
      return loaded;
    } finally {
      client.off("notice", heed);
    }
  });
}

/** The chunk before was rolled back after this one had begun: this one must be rolled back, too, and come after it. */
class Overtaken extends Error {}

const LOCK_PATIENCE_MS = 10_000;
const TRIES_MAX = 5;

function isPassing(error: unknown): boolean {
  // A lock that did not come in time: whoever held it may have been waiting for a chunk of ours that is rolled back now.
  return isConnectionLoss(error) || isRetryable(error) || sqlState(error) === "55P03" || isKnownId(error);
}

/** One of the ids is stored, by an earlier import or by somebody else meanwhile; the next try looks for them first. */
function isKnownId(error: unknown): boolean {
  return sqlState(error) === "23505" && (error as { constraint?: string }).constraint === "events_event_id";
}

function storedEvents(events: readonly ImportEvent[], { places, recordedAt }: Loaded): RecordedEvent[] {
  return events.flatMap((event, index): RecordedEvent[] => {
    const place = places[index];
    if (!place) return [];
    const { line: _, bytes: __, plain: ___, occurredAt, ...rest } = event;
    const occurred = occurredAt === null ? undefined : microseconds(occurredAt);
    const at = occurred === undefined ? recordedAt : isoOfMicroseconds(occurred);
    return [{ ...rest, ...place, recordedAt, occurredAt: at, command: null }];
  });
}
