import type { Catalog } from "@/lib/catalog/catalog";
import { foldEvent, type NotFolded } from "@/lib/catalog/fold";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { InvalidRequest } from "@/lib/kernel/errors";
import { limits } from "@/lib/kernel/limits";
import { categoryOf, checkStreamName } from "@/lib/kernel/stream-name";
import { microseconds } from "@/lib/kernel/time";

/** What time travel reads from. */
export type StateSource = {
  readonly store: {
    readonly readStream: (
      stream: string,
      page: { readonly from: number; readonly limit: number },
    ) => Promise<readonly RecordedEvent[]>;
  };
  readonly catalog: Catalog;
};

/** A point in a stream's life: its first `version` versions, or what had been recorded `at` a time (ISO 8601); neither: now. */
export type PointInStream = { readonly version?: number | undefined; readonly at?: string | undefined };

/** An event that this code does not know; the state goes on without it and is to be shown with that warning. */
type PassedOver = NotFolded & {
  readonly version: number;
  readonly type: string;
  readonly schemaVersion: number;
};

/** A stream's state at a point, folded by the domain's own decider. */
export type StateAt = {
  /** JSON-safe; null where no decider folds this category or the stream had no events yet. */
  readonly state: unknown;
  /** The version of the last event that belongs to the state; 0 when there is none. */
  readonly version: number;
  readonly foldedEvents: number;
  readonly snapshotVersion: number | null;
  readonly ms: number;
  /** False: no decider of this program folds this category, so there is no state to tell. */
  readonly known: boolean;
  /** False: the fold stopped at its bound (`limits.foldMax` events) before the asked point. */
  readonly complete: boolean;
  /** The first events that were passed over as unknown, and how many there were in all. */
  readonly passedOver: readonly PassedOver[];
  readonly passedOverCount: number;
};

const pageSize = 1_000;
const passedOverShown = 20;

/**
 * Folds a stream up to a point, a page at a time, so that memory stays bounded however long it is. Throws
 * `InvalidRequest` for a point that cannot be, `DecodeFailed` or `FoldFailed` naming the event that broke the fold.
 */
export async function stateAt(source: StateSource, stream: string, point: PointInStream = {}): Promise<StateAt> {
  const started = performance.now();
  checkStreamName(stream);
  const { last, recordedInTime } = bounds(point);
  const decider = source.catalog.decider(categoryOf(stream));
  let state: unknown = decider?.initialState() ?? null;
  let version = 0;
  let foldedEvents = 0;
  let complete = true;
  let passedOverCount = 0;
  const passedOver: PassedOver[] = [];

  pages: while (decider && version < last) {
    const limit = Math.min(pageSize, last - version);
    const events = await source.store.readStream(stream, { from: version + 1, limit });
    for (const event of events) {
      if (!recordedInTime(event)) break pages;
      if (foldedEvents + passedOverCount >= limits.foldMax) {
        complete = false;
        break pages;
      }
      const folded = foldEvent(source.catalog, decider, state, event);
      ({ version } = event);
      if ("reason" in folded) {
        passedOverCount++;
        const { type, schemaVersion } = event;
        if (passedOver.length < passedOverShown) passedOver.push({ ...folded, version, type, schemaVersion });
      } else {
        foldedEvents++;
        ({ state } = folded);
      }
    }
    if (events.length < limit) break;
  }

  const ms = Math.round((performance.now() - started) * 1000) / 1000;
  const known = decider !== undefined;
  if (version === 0) state = null;
  return { state, version, foldedEvents, snapshotVersion: null, ms, known, complete, passedOver, passedOverCount };
}

function bounds({ version, at }: PointInStream) {
  if (version !== undefined && at !== undefined) throw refused("at", "Ask for a version or for a time, not for both.");
  if (version !== undefined && !(Number.isSafeInteger(version) && version >= 0))
    throw refused("version", `${version} is not a version: it must be a whole number from 0.`);
  const until = at === undefined ? undefined : microseconds(at);
  if (at !== undefined && until === undefined)
    throw refused("at", `"${at}" is not a time: it must be ISO 8601 with a time zone.`);
  return {
    last: version ?? Number.POSITIVE_INFINITY,
    recordedInTime: ({ recordedAt }: RecordedEvent) => until === undefined || (microseconds(recordedAt) ?? 0n) <= until,
  };
}

function refused(path: string, message: string): InvalidRequest {
  return new InvalidRequest(message, [{ path, message }]);
}
