import { type CommandShown, commandOf } from "@/lib/queries/command-note";
import type { ConsumerStepAt } from "@/lib/queries/processed-by";
import {
  commandRow,
  eventRow,
  type Row,
  receivedUs,
  stepRow,
  type TraceEvent,
  type TraceRow,
  timerRow,
  unrecordedRow,
} from "@/lib/queries/trace-row";
import type { CommandSender, TraceTimer, UnrecordedCommand } from "@/lib/queries/trace-waits";

/** What process managers did in a trace beside handling events: the timers they set, and the commands they asked for. */
export type TraceWaits = {
  readonly timers: readonly TraceTimer[];
  readonly senders: ReadonlyMap<string, CommandSender>;
  readonly unrecorded: readonly UnrecordedCommand[];
};

/** `under`: the rows that it hangs beneath, the first that is in the trace. */
type Hung = { readonly row: Row; readonly under: readonly string[] };
type Node = Hung & { readonly children: Node[] };

const NOWHERE: readonly string[] = [];

const NO_WAITS: TraceWaits = { timers: [], senders: new Map(), unrecorded: [] };

/**
 * Lays a trace out: each command above the events it recorded, each event above what it caused and what the consumers did
 * with it, a process above the timers it set and the commands it sent, a timer above what its firing led to. Events whose
 * cause is not in the trace stand at the top. `events` in the order of the log.
 */
export function waterfall(
  events: readonly TraceEvent[],
  steps: readonly ConsumerStepAt[],
  { timers, senders, unrecorded }: TraceWaits = NO_WAITS,
): { readonly rows: readonly TraceRow[]; readonly startUs: number } {
  const { commands, noteOf } = commandsOf(events);
  const startUs = startOf(commands, events);

  const nodes = new Map<string, Node>();
  const add = (row: Row, under: readonly string[]) => nodes.set(row.id, { row, under, children: [] });
  const atPosition = new Map(steps.length === 0 ? [] : events.map((event) => [event.position, event]));
  for (const step of steps) {
    const event = atPosition.get(BigInt(step.position));
    if (event) add(stepRow(event, step, startUs), [`event:${event.event_id}`]);
  }
  for (const timer of timers) add(timerRow(timer, startUs), ledTo(timer.process, timer.inputId, timer.causationId));
  const asked = [...commands.values()].map(({ note, events: recorded }): Hung => {
    const cause = recorded[0]?.causation_id;
    const sender = senders.get(note.id);
    const row = commandRow(note, recorded, startUs);
    // A command that answers to an event hands that event's id to what it records.
    if (!cause || cause === note.id) return { row, under: NOWHERE };
    return { row, under: sender ? ledTo(sender.process, sender.inputId, cause) : [`event:${cause}`] };
  });
  for (const command of unrecorded) {
    const { id, process, inputId, causationId } = command;
    if (commands.has(id)) continue;
    asked.push({ row: unrecordedRow(command, startUs), under: ledTo(process, inputId, causationId) });
  }
  for (const { row, under } of asked.sort((a, b) => a.row.startUs - b.row.startUs)) add(row, under);
  for (const event of events) {
    const note = noteOf.get(event.event_id);
    add(
      eventRow(event, startUs),
      note ? [`command:${note.id}`] : event.causation_id ? [`event:${event.causation_id}`] : NOWHERE,
    );
  }
  const roots: Node[] = [];
  for (const node of nodes.values()) {
    const found = node.under.find((id) => nodes.has(id));
    const parent = found === undefined ? undefined : nodes.get(found);
    if (!parent) roots.push(node);
    else {
      node.row.parent = parent.row.id;
      parent.children.push(node);
    }
  }
  return { rows: flattened(roots), startUs };
}

/** What a process did: because of a timer of its own, else where it handled the event, else beneath the event itself. */
function ledTo(process: string, inputId: string | null, cause: string): readonly string[] {
  return [`timer:${inputId}`, `projection:${process}:${cause}`, `event:${cause}`];
}

function commandsOf(events: readonly TraceEvent[]) {
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
  return { commands, noteOf };
}

/** When the trace began, microseconds since 1970: when its first event was recorded, or its first command was received. */
function startOf(commands: ReturnType<typeof commandsOf>["commands"], events: readonly TraceEvent[]): number {
  let start = events[0]?.recorded_us ?? 0;
  for (const event of events) start = Math.min(start, event.recorded_us);
  for (const { note, events: recorded } of commands.values()) start = Math.min(start, receivedUs(note, recorded[0]));
  return start;
}

/** Depth first without recursion: a chain of causes may be as long as the trace. What is in a circle is left out. */
function flattened(roots: readonly Node[]): TraceRow[] {
  const rows: TraceRow[] = [];
  const open = [...roots].reverse();
  for (let next = open.pop(); next; next = open.pop()) {
    const { row, children } = next;
    rows.push(row);
    for (let last = children.pop(); last; last = children.pop()) {
      last.row.depth = row.depth + 1;
      open.push(last);
    }
  }
  return rows;
}
