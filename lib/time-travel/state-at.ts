import type { Catalog } from "@/lib/catalog/catalog";
import type { NotFolded } from "@/lib/catalog/fold";
import { foldStream, type StateAtVersion, type StreamReader } from "@/lib/catalog/fold-stream";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { InvalidRequest } from "@/lib/kernel/errors";
import { limits } from "@/lib/kernel/limits";
import { categoryOf, checkStreamName } from "@/lib/kernel/stream-name";
import { microseconds } from "@/lib/kernel/time";
import type { SnapshotReader } from "@/lib/snapshots/snapshot";

/** What time travel reads from; without `snapshots` every state is folded from the first event. */
export type StateSource = {
  readonly store: StreamReader;
  readonly catalog: Catalog;
  readonly snapshots?: SnapshotReader | undefined;
  /** `masked`: what is personal is not shown, so a state is told though the key store does not answer. */
  readonly personal?: "masked" | undefined;
};

/** A source for whoever masks what is personal. */
export function toBeMasked({ store, catalog, snapshots }: StateSource): StateSource {
  return { store, catalog, snapshots, personal: "masked" };
}

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
  /** Events folded for this answer: all of them, or those behind the snapshot. */
  readonly foldedEvents: number;
  /** The version of the snapshot that the fold went on from; null when it began with the first event. */
  readonly snapshotVersion: number | null;
  readonly ms: number;
  /** False: no decider of this program folds this category, so there is no state to tell. */
  readonly known: boolean;
  /** False: the fold stopped at its bound (`limits.foldMax` events) before the asked point. */
  readonly complete: boolean;
  /** The first events that were passed over as unknown, and how many there were in all. */
  readonly passedOver: readonly PassedOver[];
  readonly passedOverCount: number;
  /** False: the key store did not answer, and personal values are stand-ins. Only where what is personal is masked. */
  readonly keysAnswered: boolean;
};

const passedOverShown = 20;

/**
 * Folds a stream up to a point, from the nearest snapshot on, a page at a time, so that memory stays bounded however long
 * it is. Throws `InvalidRequest` for a point that cannot be, `DecodeFailed` or `FoldFailed` naming the event that broke
 * the fold. `from` is a state that is known already, of a version at or before the point.
 */
export async function stateAt(
  source: StateSource,
  stream: string,
  point: PointInStream = {},
  from?: StateAtVersion,
): Promise<StateAt> {
  const began = performance.now();
  checkStreamName(stream);
  const { last, recordedInTime } = boundsOf(point);
  const decider = source.catalog.decider(categoryOf(stream));
  if (!decider) return { ...NOTHING, ms: since(began), known: false };
  const { snapshots } = source;
  let foldedEvents = 0;
  let complete = true;
  let passedOverCount = 0;
  const passedOver: PassedOver[] = [];

  const { state, version, startedAt, keysAnswered } = await foldStream(source, {
    ...{ decider, stream, from, last, personal: source.personal },
    leap: snapshots && (() => snapshots.before(decider, stream, point)),
    accepts: (event) => {
      if (!recordedInTime(event)) return false;
      complete = foldedEvents + passedOverCount < limits.foldMax;
      return complete;
    },
    visit: ({ event, folded }) => {
      if ("reason" in folded) {
        passedOverCount++;
        const { version, type, schemaVersion } = event;
        if (passedOver.length < passedOverShown) passedOver.push({ ...folded, version, type, schemaVersion });
      } else foldedEvents++;
      return undefined;
    },
  });
  const ms = since(began);
  if (!from && keysAnswered) snapshots?.loaded(decider, stream, { version, foldedEvents, ms });
  const snapshotVersion = startedAt > (from?.version ?? 0) ? startedAt : null;
  const folded = { state: version === 0 ? null : state, version, foldedEvents, snapshotVersion };
  return { ...folded, ms, known: true, complete, passedOver, passedOverCount, keysAnswered };
}

const NOTHING = {
  ...{ state: null, version: 0, foldedEvents: 0, snapshotVersion: null },
  ...{ complete: true, passedOver: [], passedOverCount: 0, keysAnswered: true },
} as const;

/** Milliseconds since `began`, to the microsecond. */
function since(began: number): number {
  return Math.round((performance.now() - began) * 1000) / 1000;
}

/** A point as what a fold asks of each event. Throws `InvalidRequest` for a point that cannot be. */
function boundsOf({ version, at }: PointInStream): {
  readonly last: number;
  readonly recordedInTime: (event: RecordedEvent) => boolean;
} {
  if (version !== undefined && at !== undefined) throw refused("at", "Ask for a version or for a time, not for both.");
  if (version !== undefined && !(Number.isSafeInteger(version) && version >= 0))
    throw refused("version", `${version} is not a version: it must be a whole number from 0.`);
  const until = at === undefined ? undefined : microseconds(at);
  if (at !== undefined && until === undefined)
    throw refused("at", `"${at}" is not a time: it must be ISO 8601 with a time zone.`);
  return {
    last: version ?? Number.POSITIVE_INFINITY,
    recordedInTime: ({ recordedAt }) => until === undefined || (microseconds(recordedAt) ?? 0n) <= until,
  };
}

function refused(path: string, message: string): InvalidRequest {
  return new InvalidRequest(message, [{ path, message }]);
}
