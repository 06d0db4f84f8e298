import type { CommandShown } from "@/lib/queries/command-note";
import type { EventRecord } from "@/lib/queries/event-row";
import type { ConsumerStepAt } from "@/lib/queries/processed-by";
import type { TraceTimer, UnrecordedCommand } from "@/lib/queries/trace-waits";

/** One bar of the waterfall. Times are whole microseconds since `startedAt` of the trace. */
export type TraceRow = {
  /** Unique in the trace: `command:<id>`, `event:<id>`, `projection:<consumer>:<event id>`, `timer:<id>`. */
  readonly id: string;
  readonly parent: string | null;
  readonly depth: number;
  /** `wait` is a timer of a process manager. */
  readonly kind: "command" | "event" | "projection" | "process" | "wait";
  readonly name: string;
  /**
   * Of a timer: `waiting` for its time, `overdue`, `fired`, `called-off`. Of a command: `done`, or where a process manager
   * asked for it `waiting` to be sent, `rejected`, `called-off`. Else what the consumer has done.
   */
  readonly status: ConsumerStepAt["state"] | "overdue" | "fired" | "called-off" | "rejected";
  readonly stream: string | null;
  readonly version: number | null;
  readonly position: string | null;
  readonly startUs: number;
  /** A consumer's time between the recording of the event and the reading of its batch, a timer's since it was set (so far); else 0. */
  readonly waitUs: number;
  /** A command's time from receipt to recording, a consumer's from reading to commit; 0 while waiting. */
  readonly workUs: number;
  /** Null for what has not ended; draw it up to now. */
  readonly endUs: number | null;
  /** When a timer's time comes. */
  readonly dueUs?: number;
  /** What opens when the row is opened. */
  readonly link:
    | { readonly kind: "event"; readonly id: string }
    | { readonly kind: "projection" | "process"; readonly name: string }
    | { readonly kind: "instance"; readonly process: string; readonly instance: string }
    | null;
  /** The trace context of whoever did it: of the append, or of the batch; null when there was none. */
  readonly traceparent: string | null;
  readonly detail: Readonly<Record<string, string | number | null>>;
};

/** Whether a row is what a consumer did with an event. */
export function isConsumerRow({ kind }: Pick<TraceRow, "kind">): boolean {
  return kind === "projection" || kind === "process";
}

/**
 * Whether somebody worked here whose spans could be told of: a command, a consumer's batch, or the append of an event that
 * no row here led to.
 */
export function hasWork(row: Pick<TraceRow, "kind" | "status" | "depth">): boolean {
  const { kind, status, depth } = row;
  return (
    (kind === "command" && status === "done") ||
    (isConsumerRow(row) && status === "done") ||
    (kind === "event" && depth === 0)
  );
}

/** Whether a row has failed: it is set aside, or the last attempt at it ended in an error. */
export function hasFailed({ status, detail }: Pick<TraceRow, "status" | "detail">): boolean {
  return status === "parked" || Boolean(detail.error);
}

/** An event as the waterfall needs it; `recorded_us` is microseconds since 1970. */
export type TraceEvent = Omit<EventRecord, "occurred_at" | "correlation_id" | "tenant" | "bytes"> & {
  readonly command: string | null;
  readonly recorded_us: number;
};

/** A row whose place in the tree is written into it once all are known: a copy of ten thousand would be thrown away. */
export type Row = { -readonly [Fact in keyof TraceRow]: TraceRow[Fact] };

/** A command over the events that it recorded. */
export function commandRow(note: CommandShown, events: readonly TraceEvent[], startUs: number): Row {
  const [first] = events;
  const start = receivedUs(note, first);
  const end = events.reduce((last, event) => Math.max(last, event.recorded_us), start);
  const { loadMs, decideMs, attempts } = note;
  return {
    id: `command:${note.id}`,
    parent: null,
    depth: 0,
    kind: "command",
    name: note.name,
    status: "done",
    stream: first?.stream ?? null,
    version: null,
    position: null,
    startUs: start - startUs,
    waitUs: 0,
    workUs: end - start,
    endUs: end - startUs,
    link: null,
    traceparent: first?.traceparent ?? null,
    detail: { receivedAt: note.receivedAt, loadMs, decideMs, attempts, events: events.length },
  };
}

/** An event, an instant. */
export function eventRow(event: TraceEvent, startUs: number): Row {
  const at = event.recorded_us - startUs;
  return {
    id: `event:${event.event_id}`,
    parent: null,
    depth: 0,
    kind: "event",
    name: event.type,
    status: "done",
    stream: event.stream,
    version: Number(event.version),
    position: String(event.position),
    startUs: at,
    waitUs: 0,
    workUs: 0,
    endUs: at,
    link: { kind: "event", id: event.event_id },
    traceparent: event.traceparent,
    detail: { schemaVersion: event.schema_version, actor: event.actor, recordedAt: event.recorded_at },
  };
}

/** What a consumer did with an event. */
export function stepRow(event: TraceEvent, step: ConsumerStepAt, startUs: number): Row {
  const start = event.recorded_us - startUs;
  const waitUs = Math.round((step.waitingMs ?? 0) * 1000);
  const workUs = Math.round((step.workingMs ?? 0) * 1000);
  const open = ["waiting", "unknown", "parked", "blocked"].includes(step.state);
  return {
    id: `projection:${step.consumer}:${event.event_id}`,
    parent: null,
    depth: 0,
    kind: step.kind,
    name: step.consumer,
    status: step.state,
    stream: event.stream,
    version: Number(event.version),
    position: step.position,
    startUs: start,
    waitUs,
    workUs,
    endUs: open ? null : start + waitUs + workUs,
    link: { kind: step.kind, name: step.consumer },
    traceparent: step.traceparent,
    detail: {
      worker: step.worker,
      partition: step.partition,
      batchEvents: step.batch?.events ?? null,
      batchId: step.batch?.id ?? null,
      consumerState: step.consumerState,
      error: step.error,
      letter: step.letter?.id ?? null,
      letterGroup: step.letter?.group ?? null,
      letterAttempts: step.letter?.attempts ?? null,
    },
  };
}

/** A timer of a process manager. */
export function timerRow(timer: TraceTimer, startUs: number): Row {
  const { id, process, instance, name, state, overdue, setUs, settledUs, setAt, dueAt, settledAt, attempts, error } =
    timer;
  const start = setUs - startUs;
  const settled = state === "fired" ? "fired" : "called-off";
  return {
    id: `timer:${id}`,
    parent: null,
    depth: 0,
    kind: "wait",
    name,
    status: state === "waiting" ? (overdue ? "overdue" : "waiting") : settled,
    stream: null,
    version: null,
    position: null,
    startUs: start,
    waitUs: settledUs === null ? 0 : settledUs - setUs,
    workUs: 0,
    endUs: settledUs === null ? null : settledUs - startUs,
    dueUs: timer.dueUs - startUs,
    link: { kind: "instance", process, instance },
    traceparent: null,
    detail: { process, instance, setAt, dueAt, settledAt, attempts, error },
  };
}

/** A command that a process manager asked for and that led to no event. */
export function unrecordedRow(asked: UnrecordedCommand, startUs: number): Row {
  const { id, name, stream, state, askedUs, answeredUs, attempts, error, rejection, traceparent } = asked;
  const start = askedUs - startUs;
  const waitUs = answeredUs === null ? 0 : answeredUs - askedUs;
  return {
    id: `command:${id}`,
    parent: null,
    depth: 0,
    kind: "command",
    name,
    status: state === "cancelled" ? "called-off" : state,
    stream,
    version: null,
    position: null,
    startUs: start,
    waitUs,
    workUs: 0,
    endUs: answeredUs === null ? null : start + waitUs,
    link: null,
    traceparent,
    detail: { process: asked.process, attempts, error, rejection },
  };
}

/** When a command was received, microseconds since 1970. Receipt is by the application's clock, recording by the database's: a command never starts after its first event. */
export function receivedUs(note: CommandShown, first: TraceEvent | undefined): number {
  const received = Math.round(Date.parse(note.receivedAt) * 1000);
  return first ? Math.min(received, first.recorded_us) : received;
}
