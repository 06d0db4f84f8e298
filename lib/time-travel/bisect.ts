import { foldStream, type StateAtVersion } from "@/lib/catalog/fold-stream";
import { InvalidRequest } from "@/lib/kernel/errors";
import { type JsonChange, jsonChanges } from "@/lib/kernel/json-changes";
import { type JsonSegments, pathText } from "@/lib/kernel/json-path";
import { limits } from "@/lib/kernel/limits";
import { parsePredicate } from "@/lib/kernel/predicate";
import { categoryOf, checkStreamName } from "@/lib/kernel/stream-name";
import { notFolded } from "@/lib/time-travel/blame";
import type { StateSource } from "@/lib/time-travel/state-at";
import { json } from "@/lib/time-travel/state-diff";

/** The first version of a stream at which a condition holds. */
export type Bisection = {
  readonly where: string;
  /** The event that made it hold, with all that it changed; null when it never does. */
  readonly found: {
    readonly version: number;
    readonly eventId: string;
    readonly type: string;
    readonly recordedAt: string;
    readonly actor: string | null;
    readonly changes: readonly JsonChange[];
  } | null;
  /** The version up to which was looked. */
  readonly version: number;
  readonly foldedEvents: number;
  readonly ms: number;
  /** False: the search stopped at its bound (`limits.foldMax` events); go on with `after` = `version`. */
  readonly complete: boolean;
};

/**
 * Finds the first version above `after` (0) at which a condition holds: each event is folded once, from the nearest
 * snapshot below, and no state is kept. A condition may come and go, so nothing is skipped. Throws `InvalidRequest` for a
 * condition that cannot be read or that looks at personal data: what is masked must not be found by asking for it.
 */
export async function bisect(
  source: StateSource,
  stream: string,
  { where, after = 0 }: { readonly where: string; readonly after?: number | undefined },
): Promise<Bisection> {
  const began = performance.now();
  const decider = source.catalog.decider(categoryOf(checkStreamName(stream)));
  if (!decider) throw notFolded(stream);
  const predicate = parsePredicate(where);
  refusePersonal(predicate.paths, decider.personal ?? []);
  const start = after > 0 ? await startAt(source, stream, after) : undefined;
  let foldedEvents = 0;
  let complete = true;
  let found: Bisection["found"] = null;
  const end = await foldStream(source, {
    decider,
    stream,
    from: start,
    accepts: () => {
      complete = foldedEvents < limits.foldMax;
      return complete;
    },
    visit: ({ event, folded, before }) => {
      foldedEvents++;
      if (!("state" in folded) || event.version <= after || !predicate.holds(folded.state, before)) return undefined;
      const { version, id: eventId, type, recordedAt, actor } = event;
      found = { version, eventId, type, recordedAt, actor, changes: jsonChanges(json(before), json(folded.state)) };
      return false;
    },
  });
  return { where, found, version: end.version, foldedEvents, ms: Math.round(performance.now() - began), complete };
}

async function startAt(source: StateSource, stream: string, version: number): Promise<StateAtVersion | undefined> {
  const decider = source.catalog.decider(categoryOf(stream));
  return decider && source.snapshots?.before(decider, stream, { version });
}

function refusePersonal(paths: readonly JsonSegments[], personal: readonly string[]): void {
  for (const path of paths) {
    if (!personal.some((field) => meets(field.split("."), path))) continue;
    const message = `looks at ${pathText(path)}, which is personal data and is not found by searching for it`;
    throw new InvalidRequest(`The condition ${message}.`, [{ path: "where", message }]);
  }
}

/** Whether one of two places holds, is or lies within the other. */
function meets(field: readonly string[], path: JsonSegments): boolean {
  const shared = Math.min(field.length, path.length);
  for (let at = 0; at < shared; at++) if (field[at] !== "*" && field[at] !== String(path[at])) return false;
  return true;
}
