import { foldStream } from "@/lib/catalog/fold-stream";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { InvalidRequest } from "@/lib/kernel/errors";
import { joinPath } from "@/lib/kernel/json-path";
import { limits } from "@/lib/kernel/limits";
import { categoryOf, checkStreamName } from "@/lib/kernel/stream-name";
import type { StateSource } from "@/lib/time-travel/state-at";
import { json } from "@/lib/time-travel/state-diff";

/** The event that last set a value; null: it stands there since the initial state. */
type SetBy = {
  readonly version: number;
  readonly eventId: string;
  readonly type: string;
  readonly recordedAt: string;
  readonly actor: string | null;
} | null;

/** One value of a state and who set it. Values are what has no members of its own: texts, numbers, empty lists, … */
type BlamedValue = { readonly path: string; readonly value: unknown; readonly setBy: SetBy };

/** A stream's state at a version, value by value. */
export type Blame = {
  readonly version: number;
  readonly foldedEvents: number;
  readonly ms: number;
  readonly values: readonly BlamedValue[];
  /** False: the state has more values than are listed, or the stream more events than one request folds. */
  readonly complete: boolean;
  /** False: the key store did not answer, so which event last set a personal value cannot be told. Only where it is masked. */
  readonly keysAnswered: boolean;
};

const VALUES_MAX = 5_000;

/**
 * Says for every value of a stream's state which event last set it: one fold from the first event, comparing each state
 * with the one before. What `evolve` left as it was, it hands on, and is passed over without a look. Memory stays at the
 * size of one state. Throws `InvalidRequest` where no decider folds the category, and what folding throws.
 */
export async function blame(source: StateSource, stream: string, version?: number): Promise<Blame> {
  const began = performance.now();
  const decider = source.catalog.decider(categoryOf(checkStreamName(stream)));
  if (!decider) throw notFolded(stream);
  let foldedEvents = 0;
  let known = marked(decider.initialState(), null);
  const end = await foldStream(source, {
    decider,
    stream,
    last: version,
    personal: source.personal,
    accepts: () => foldedEvents < limits.foldMax,
    visit: ({ event, folded, before }) => {
      foldedEvents++;
      if ("state" in folded) known = compared(known, before, folded.state, setterOf(event));
      return undefined;
    },
  });
  const values: BlamedValue[] = [];
  list(known, json(end.state), "", values);
  const complete =
    values.length <= VALUES_MAX && (version === undefined || end.version === version || foldedEvents < limits.foldMax);
  return {
    ...{ version: end.version, foldedEvents, ms: Math.round(performance.now() - began) },
    ...{ values: values.slice(0, VALUES_MAX), complete, keysAnswered: end.keysAnswered },
  };
}

/** The refusal where a category has no fold to travel along. */
export function notFolded(stream: string): InvalidRequest {
  const message = `No decider of this program folds ${categoryOf(stream)}, so ${stream} has no states.`;
  return new InvalidRequest(message, [{ path: "stream", message }]);
}

/** Who set what, in the shape of the state: a map where it has members, else the setter of a value. */
type Marks = SetBy | ReadonlyMap<string | number, Marks>;

type Entries = readonly (readonly [string | number, unknown])[];

/** The members of a value; none for what counts as one value. What JSON leaves out is left out here, too. */
function entriesOf(value: unknown): Entries {
  if (Array.isArray(value)) return value.map((item, at) => [at, item] as const);
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).filter(([, member]) => member !== undefined);
}

function marked(value: unknown, by: SetBy): Marks {
  const entries = entriesOf(value);
  return entries.length === 0 ? by : new Map(entries.map(([key, member]) => [key, marked(member, by)]));
}

/** The marks after one event. A member that is the very same, or equal, keeps its mark. */
function compared(marks: Marks, before: unknown, after: unknown, by: SetBy): Marks {
  if (before === after) return marks;
  const entries = entriesOf(after);
  if (entries.length === 0)
    return entriesOf(before).length === 0 && sameValue(before, after) ? marks : marked(after, by);
  if (!(marks instanceof Map) || Array.isArray(before) !== Array.isArray(after)) return marked(after, by);
  const old = new Map(entriesOf(before));
  return new Map(
    entries.map(([key, member]) => [
      key,
      old.has(key) ? compared(marks.get(key) ?? null, old.get(key), member, by) : marked(member, by),
    ]),
  );
}

/** Whether two values without members are the same once they are JSON. */
function sameValue(before: unknown, after: unknown): boolean {
  return JSON.stringify(before) === JSON.stringify(after);
}

function list(marks: Marks, value: unknown, path: string, values: BlamedValue[]): void {
  if (values.length > VALUES_MAX) return;
  if (!(marks instanceof Map)) {
    values.push({ path, value, setBy: marks as SetBy });
    return;
  }
  for (const [key, member] of entriesOf(value)) list(marks.get(key) ?? null, member, joinPath(path, key), values);
}

function setterOf({ version, id, type, recordedAt, actor }: RecordedEvent): SetBy {
  return { version, eventId: id, type, recordedAt, actor };
}
