import { type JsonChange, jsonChanges } from "@/lib/kernel/json-changes";
import { type PointInStream, type StateAt, type StateSource, stateAt } from "@/lib/time-travel/state-at";

/** Two states of a stream and what leads from the one to the other. */
export type StateDiff = {
  readonly from: StateAt;
  readonly to: StateAt;
  /** Applied to the state of `from` in this order, they give that of `to`. */
  readonly changes: readonly JsonChange[];
};

/**
 * The difference between a stream's states at two points, in either order. The later one is folded on from the earlier,
 * so that two neighbours cost one fold. Throws what `stateAt` throws.
 */
export async function stateDiff(
  source: StateSource,
  stream: string,
  from: PointInStream,
  to: PointInStream,
): Promise<StateDiff> {
  const first = await stateAt(source, stream, from);
  const known = { state: first.state, version: first.version };
  // What comes later in the log was also recorded later, so only versions tell which of two points is the later one.
  const after = to.version !== undefined && first.version > 0 && to.version >= first.version && first.complete;
  const second = after ? await stateAt(source, stream, to, known) : await stateAt(source, stream, to);
  return { from: first, to: second, changes: jsonChanges(json(first.state), json(second.state)) };
}

/** A state as JSON carries it: the form in which it is shown, compared and sent. */
export function json(state: unknown): unknown {
  const text = JSON.stringify(state);
  return text === undefined ? null : (JSON.parse(text) as unknown);
}
