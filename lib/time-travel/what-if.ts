import { foldEvent } from "@/lib/catalog/fold";
import { identifyCommand, prepareCommand } from "@/lib/commands/prepare";
import { toNewEvents } from "@/lib/commands/to-new-events";
import type { Decider } from "@/lib/define";
import type { NewEvent, RecordedEvent } from "@/lib/event-store/recorded-event";
import { InvalidRequest, NotFound, TidemarkError } from "@/lib/kernel/errors";
import { newId } from "@/lib/kernel/ids";
import { checkJson } from "@/lib/kernel/json";
import { type JsonChange, jsonChanges } from "@/lib/kernel/json-changes";
import { categoryOf, checkStreamName } from "@/lib/kernel/stream-name";
import { microseconds } from "@/lib/kernel/time";
import { notFolded } from "@/lib/time-travel/blame";
import { type PointInStream, type StateSource, stateAt } from "@/lib/time-travel/state-at";
import { json } from "@/lib/time-travel/state-diff";

/** What is tried on a past state: one command, or events as if they had been appended. */
export type Supposed = PointInStream & {
  /** When it is supposed to happen, ISO 8601; absent: when the state's last event did. */
  readonly occurredAt?: string | undefined;
} & (
    | { readonly command: string; readonly input: unknown }
    | {
        readonly events: readonly {
          readonly type: string;
          readonly schemaVersion?: number | undefined;
          readonly data?: unknown;
        }[];
      }
  );

/** An event that would have been, at the version it would have had. */
type SupposedEvent = {
  readonly type: string;
  readonly schemaVersion: number;
  readonly version: number;
  readonly data: unknown;
};

/** What would have come of it. Nothing is stored. */
export type WhatIf = {
  /** The version whose state it was tried on. */
  readonly version: number;
  readonly outcome: "accepted" | "rejected";
  /** The decision's no, with its stable code; null when it said yes. */
  readonly rejection: { readonly code: string; readonly message: string } | null;
  readonly events: readonly SupposedEvent[];
  /** What a command over two streams would have appended to the second one. */
  readonly elsewhere: { readonly stream: string; readonly events: readonly SupposedEvent[] } | null;
  /** The state afterwards, and what leads there; unchanged after a no. */
  readonly state: unknown;
  readonly changes: readonly JsonChange[];
  readonly ms: number;
};

/**
 * Tries a command or events on a stream's state at a point, with the domain's own code, and stores nothing. Throws
 * `NotFound` for an unknown command, `InvalidRequest` for its input and for events that this code cannot read.
 */
export async function whatIf(source: StateSource, stream: string, supposed: Supposed): Promise<WhatIf> {
  const began = performance.now();
  const category = categoryOf(checkStreamName(stream));
  const decider = source.catalog.decider(category);
  if (!decider) throw notFolded(stream);
  const past = await stateAt(source, stream, { version: supposed.version, at: supposed.at });
  if (!past.complete) throw refused("version", "stands further in the stream than one request folds");
  const state: unknown = past.version === 0 ? decider.initialState() : past.state;
  const { here, there, rejection }: Decided =
    "command" in supposed
      ? await decide(source, stream, supposed, state)
      : { here: supposedEvents(supposed, decider), there: null, rejection: null };
  const occurredAt = await timeOf(source, stream, past.version, supposed.occurredAt);
  const after = fold(source, decider, state, stream, past.version, here, occurredAt);
  const reached = past.version + here.length === 0 ? null : json(after);
  return {
    ...{ version: past.version, outcome: rejection ? "rejected" : "accepted", rejection },
    ...{ events: shown(here, past.version), elsewhere: there },
    ...{ state: reached, changes: jsonChanges(json(past.state), reached) },
    ms: Math.round(performance.now() - began),
  };
}

type Decided = {
  readonly here: readonly NewEvent[];
  readonly there: WhatIf["elsewhere"];
  readonly rejection: WhatIf["rejection"];
};

/** A command over two streams finds the second one as it is now. */
async function decide(
  source: StateSource,
  stream: string,
  { command, input }: { readonly command: string; readonly input: unknown },
  state: unknown,
): Promise<Decided> {
  const category = categoryOf(stream);
  if (!stream.startsWith(`${category}-`)) throw new NotFound("command", `${stream}/${command}`);
  const request = { category, id: stream.slice(category.length + 1), command, input };
  const prepared = prepareCommand(identifyCommand(source.catalog, request));
  const { decider, otherStream } = prepared;
  const other = otherStream === undefined ? undefined : await stateAt(source, otherStream);
  const decision = prepared.decide(state, other?.version === 0 ? decider.initialState() : other?.state);
  if ("rejected" in decision) {
    return { here: [], there: null, rejection: { code: decision.code, message: decision.message } };
  }
  if ("here" in decision) {
    const there = toNewEvents(decider, decision.there);
    const elsewhere = { stream: otherStream ?? "", events: shown(there, other?.version ?? 0) };
    return { here: toNewEvents(decider, decision.here), there: elsewhere, rejection: null };
  }
  return { here: toNewEvents(decider, "type" in decision ? [decision] : decision), there: null, rejection: null };
}

function shown(events: readonly NewEvent[], version: number): readonly SupposedEvent[] {
  return events.map(({ type, schemaVersion, data }, index) => ({
    ...{ type, schemaVersion, version: version + index + 1 },
    data: JSON.parse(data) as unknown,
  }));
}

const EVENTS_MAX = 100;

function supposedEvents(supposed: Supposed, decider: Decider): readonly NewEvent[] {
  if (!("events" in supposed)) return [];
  if (supposed.events.length > EVENTS_MAX) throw refused("events", `must be at most ${EVENTS_MAX}`);
  return supposed.events.map(({ type, schemaVersion, data }) => {
    const text = JSON.stringify(data ?? null);
    checkJson(text);
    return { type, schemaVersion: schemaVersion ?? decider.events[type]?.schemaVersion ?? 1, data: text };
  });
}

function fold(
  { catalog }: StateSource,
  decider: Decider,
  state: unknown,
  stream: string,
  version: number,
  events: readonly NewEvent[],
  occurredAt: string,
): unknown {
  let at = state;
  for (const [index, event] of events.entries()) {
    const supposed = asRecorded(event, stream, version + index + 1, occurredAt);
    const folded = readable(index, () => foldEvent(catalog, decider, at, supposed));
    if ("reason" in folded) throw refused(`events.${index}`, `is of ${folded.reason.replace("-", " ")}: ${event.type}`);
    at = folded.state;
  }
  return at;
}

/** An event that cannot be folded is the asker's fault here, not the log's. */
function readable<Result>(index: number, act: () => Result): Result {
  try {
    return act();
  } catch (error) {
    if (error instanceof TidemarkError) throw refused(`events.${index}`, String(error.facts.reason ?? error.message));
    throw error;
  }
}

function asRecorded(event: NewEvent, stream: string, version: number, at: string): RecordedEvent {
  const { type, schemaVersion, data } = event;
  return {
    ...{ id: newId(), type, schemaVersion, stream, version, position: 0n, slice: 0, recordedAt: at, occurredAt: at },
    ...{ correlationId: "what-if", causationId: null, actor: null, tenant: null, traceparent: null },
    ...{ data, metadata: null, command: null },
  };
}

/** The same question has the same answer: without a time of its own it happens when the state's last event did. */
async function timeOf(
  source: StateSource,
  stream: string,
  version: number,
  given: string | undefined,
): Promise<string> {
  if (given !== undefined) {
    if (microseconds(given) === undefined) throw refused("occurredAt", "must be ISO 8601 with a time zone");
    return given;
  }
  const [last] = version > 0 ? await source.store.readStreamToFold(stream, { from: version, limit: 1 }) : [];
  return last?.occurredAt ?? new Date(0).toISOString();
}

function refused(path: string, message: string): InvalidRequest {
  return new InvalidRequest(`${path} ${message}.`, [{ path, message }]);
}
