import { type CommandShown, commandOf } from "@/lib/queries/command-note";
import type { EventRecord } from "@/lib/queries/event-row";
import type { ConsumerStepAt } from "@/lib/queries/processed-by";

/** One bar of the waterfall. Times are whole microseconds since `startedAt` of the trace. */
export type TraceRow = {
  /** Unique in the trace: `command:<id>`, `event:<id>`, `projection:<consumer>:<event id>`. */
  readonly id: string;
  readonly parent: string | null;
  readonly depth: number;
  readonly kind: "command" | "event" | "projection" | "process";
  readonly name: string;
  readonly status: ConsumerStepAt["state"];
  readonly stream: string | null;
  readonly version: number | null;
  readonly position: string | null;
  readonly startUs: number;
  /** A consumer's time between the recording of the event and the reading of its batch (so far); else 0. */
  readonly waitUs: number;
  /** A command's time from receipt to recording, a consumer's from reading to commit; 0 while waiting. */
  readonly workUs: number;
  /** Null for what has not ended; draw it up to now. */
  readonly endUs: number | null;
  /** What opens when the row is opened. */
  readonly link:
    | { readonly kind: "event"; readonly id: string }
    | { readonly kind: "projection" | "process"; readonly name: string }
    | null;
  /** The trace context of whoever did it: of the append, or of the batch; null when there was none. */
  readonly traceparent: string | null;
  readonly detail: Readonly<Record<string, string | number | null>>;
};

/** Whether a row is what a consumer did with an event. */
export function isConsumerRow({ kind }: Pick<TraceRow, "kind">): boolean {
  return kind === "projection" || kind === "process";
}

/** An event as the waterfall needs it; `recorded_us` is microseconds since 1970. */
export type TraceEvent = EventRecord & { readonly command: string | null; readonly recorded_us: bigint };

type Node = { readonly row: Omit<TraceRow, "depth">; readonly children: Node[] };

/**
 * Lays a trace out: each command above the events it recorded, each event above what it caused and what the consumers did
 * with it. Events whose cause is not in the trace stand at the top. `events` in the order of the log.
 */
export function waterfall(
  events: readonly TraceEvent[],
  steps: readonly ConsumerStepAt[],
): { readonly rows: readonly TraceRow[]; readonly startUs: bigint } {
  const commands = new Map<string, { readonly note: CommandShown; readonly events: TraceEvent[] }>();
  const noteOf = new Map<string, CommandShown>();
  for (const event of events) {
    const note = commandOf(event.command);
    if (!note) continue;
    noteOf.set(event.event_id, note);
    const known = commands.get(note.id);
    if (known) known.events.push(event);
    else commands.set(note.id, { note, events: [event] });
  }
  const received = [...commands.values()].map(({ note, events: [first] }) => receivedUs(note, first));
  const [startUs = 0n] = rising([...received, ...events.map((event) => event.recorded_us)]);

  const nodes = new Map<string, Node>();
  for (const { note, events: recorded } of commands.values()) {
    nodes.set(`command:${note.id}`, { row: commandRow(note, recorded, startUs), children: [] });
  }
  const atPosition = new Map<string, TraceEvent>();
  for (const event of events) {
    atPosition.set(String(event.position), event);
    nodes.set(`event:${event.event_id}`, { row: eventRow(event, noteOf.get(event.event_id), startUs), children: [] });
  }
  for (const step of steps) {
    const event = atPosition.get(step.position);
    const node = event && nodes.get(`event:${event.event_id}`);
    if (node) node.children.push({ row: stepRow(event, step, startUs), children: [] });
  }
  const roots: Node[] = [];
  for (const node of nodes.values()) {
    const parent = node.row.parent === null ? undefined : nodes.get(node.row.parent);
    if (parent) parent.children.push(node);
    else roots.push({ row: { ...node.row, parent: null }, children: node.children });
  }
  return { rows: flattened(roots), startUs };
}

function commandRow(note: CommandShown, events: readonly TraceEvent[], startUs: bigint): Omit<TraceRow, "depth"> {
  const [first] = events;
  const start = receivedUs(note, first);
  const end = rising(events.map((event) => event.recorded_us)).at(-1) ?? start;
  const cause = first?.causation_id;
  const { loadMs, decideMs, attempts } = note;
  return {
    id: `command:${note.id}`,
    // A command that answers to an event hands that event's id to what it records.
    parent: cause && cause !== note.id ? `event:${cause}` : null,
    kind: "command",
    name: note.name,
    status: "done",
    stream: first?.stream ?? null,
    version: null,
    position: null,
    startUs: Number(start - startUs),
    waitUs: 0,
    workUs: Number(end - start),
    endUs: Number(end - startUs),
    link: null,
    traceparent: first?.traceparent ?? null,
    detail: { receivedAt: note.receivedAt, loadMs, decideMs, attempts, events: events.length },
  };
}

function eventRow(event: TraceEvent, note: CommandShown | undefined, startUs: bigint): Omit<TraceRow, "depth"> {
  const at = Number(event.recorded_us - startUs);
  return {
    id: `event:${event.event_id}`,
    parent: note ? `command:${note.id}` : event.causation_id ? `event:${event.causation_id}` : null,
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

function stepRow(event: TraceEvent, step: ConsumerStepAt, startUs: bigint): Omit<TraceRow, "depth"> {
  const start = Number(event.recorded_us - startUs);
  const waitUs = Math.round((step.waitingMs ?? 0) * 1000);
  const workUs = Math.round((step.workingMs ?? 0) * 1000);
  const open = ["waiting", "unknown", "parked", "blocked"].includes(step.state);
  return {
    id: `projection:${step.consumer}:${event.event_id}`,
    parent: `event:${event.event_id}`,
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

/** Receipt is by the application's clock, recording by the database's: a command never starts after its first event. */
function receivedUs(note: CommandShown, first: TraceEvent | undefined): bigint {
  const received = BigInt(Math.round(Date.parse(note.receivedAt) * 1000));
  return first && received > first.recorded_us ? first.recorded_us : received;
}

function rising(times: readonly bigint[]): readonly bigint[] {
  return [...times].sort((a, b) => Number(a - b));
}

/** Depth first without recursion: a chain of causes may be as long as the trace. What is in a circle is left out. */
function flattened(roots: readonly Node[]): TraceRow[] {
  const rows: TraceRow[] = [];
  const open = roots.map((node) => ({ node, depth: 0 })).reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    const { node, depth } = next;
    rows.push({ ...node.row, depth });
    open.push(...node.children.map((child) => ({ node: child, depth: depth + 1 })).reverse());
  }
  return rows;
}
