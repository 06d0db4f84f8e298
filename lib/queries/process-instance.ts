import { NotFound } from "@/lib/kernel/errors";
import { checkText } from "@/lib/queries/check-input";
import { type InstanceRecord, type InstanceRow, instanceColumns, toInstanceRow } from "@/lib/queries/process-page";
import type { QueryContext } from "@/lib/queries/query-context";

/** Something that reached an instance. */
export type InputRow = {
  readonly id: string;
  readonly kind: "event" | "timer" | "rejection" | "cancel";
  readonly name: string;
  readonly position: string | null;
  /** The event's stream; null for what is no event. */
  readonly stream: string | null;
  readonly at: string;
  readonly correlationId: string;
  /** Of a rejection its code and words, of a cancel its reason. */
  readonly note: string | null;
};

/** A command that an instance asked for. `outcome` tells where its event is, or why it was rejected. */
export type SentCommand = {
  readonly id: string;
  readonly inputId: string;
  readonly stream: string;
  readonly command: string;
  readonly state: "waiting" | "accepted" | "rejected" | "cancelled";
  readonly createdAt: string;
  readonly answeredAt: string | null;
  readonly nextAttemptAt: string | null;
  readonly attempts: number;
  readonly error: string | null;
  readonly position: string | null;
  readonly rejection: string | null;
};

/** A timer of an instance. */
type TimerRow = {
  readonly name: string;
  readonly state: "waiting" | "fired" | "cancelled";
  readonly dueAt: string;
  readonly setAt: string;
  readonly settledAt: string | null;
  readonly overdue: boolean;
  readonly attempts: number;
  readonly error: string | null;
};

/** Everything the page of one instance shows; inputs, commands and timers in their order, each at most the newest 500. */
export type InstancePage = {
  readonly process: string;
  readonly version: number;
  readonly instance: InstanceRow;
  readonly state: unknown;
  readonly correlationId: string;
  readonly inputs: readonly InputRow[];
  readonly commands: readonly SentCommand[];
  readonly timers: readonly TimerRow[];
  readonly more: boolean;
  readonly now: string;
};

const PARTS_MAX = 500;

/** Reads one instance. Throws `NotFound`. */
export async function processInstance(context: QueryContext, process: string, instance: string): Promise<InstancePage> {
  const { reads } = context;
  const key = [checkText(process, "name"), checkText(instance, "instance")];
  const [[row], inputs, commands, timers] = await Promise.all([
    reads.query<InstanceRecord & { version: number; state: string; correlation: string; now: string }>(
      `select ${instanceColumns}, i.version, i.state, i.correlation_id as correlation, clock_timestamp() as now
         from process_instances i where i.process = $1 and i.instance = $2`,
      key,
    ),
    reads.query<Omit<InputRow, "position" | "note"> & { position: bigint | null; note: string | null }>(
      `select * from (
         select n.input_id as id, n.id as place, n.kind, n.name, n.position, e.stream, n.at, n.correlation_id as "correlationId", n.note
           from process_inputs n left join events e on e.position = n.position
          where n.process = $1 and n.instance = $2 order by n.id desc limit ${PARTS_MAX + 1}) newest order by place`,
      key,
    ),
    reads.query<
      Omit<SentCommand, "position" | "rejection" | "error"> & { outcome: string | null; error: string | null }
    >(
      `select * from (
         select c.id, c.seq, c.input_id as "inputId", c.category || '-' || c.target as stream, c.command, c.state,
                c.created_at as "createdAt", c.answered_at as "answeredAt",
                case when c.state = 'waiting' then c.next_attempt_at end as "nextAttemptAt", c.attempts, c.error, c.outcome
           from process_commands c where c.process = $1 and c.instance = $2 order by c.seq desc limit ${PARTS_MAX + 1}) newest order by seq`,
      key,
    ),
    reads.query<TimerRow>(
      `select * from (
         select t.name, t.state, t.due_at as "dueAt", t.set_at as "setAt", t.settled_at as "settledAt", t.attempts, t.error,
                t.state = 'waiting' and t.due_at < clock_timestamp() - interval '5 seconds' as overdue
           from process_timers t where t.process = $1 and t.instance = $2 order by t.set_at desc limit ${PARTS_MAX + 1}) newest order by "setAt", name`,
      key,
    ),
  ]);
  if (!row) throw new NotFound("process instance", `${process} ${instance}`);
  const { version, state, correlation, now, ...record } = row;
  return {
    process,
    version,
    instance: toInstanceRow(record),
    state: JSON.parse(state),
    correlationId: correlation,
    inputs: inputs.slice(-PARTS_MAX).map(toInput),
    commands: commands.slice(-PARTS_MAX).map(toCommand),
    timers: timers.slice(-PARTS_MAX).map((timer) => ({ ...timer, error: messageOf(timer.error) })),
    more: [inputs, commands, timers].some(({ length }) => length > PARTS_MAX),
    now,
  };
}

type InputRecord = Omit<InputRow, "position" | "note"> & {
  readonly position: bigint | null;
  readonly note: string | null;
};

function toInput({ id, kind, name, position, stream, at, correlationId, note }: InputRecord): InputRow {
  const told = note === null ? null : (JSON.parse(note) as { code?: string; message?: string; reason?: string });
  const words = told && (told.reason ?? [told.code, told.message].filter(Boolean).join(": "));
  return {
    id,
    kind,
    name,
    position: position === null ? null : String(position),
    stream,
    at,
    correlationId,
    note: words,
  };
}

type CommandRecord = Omit<SentCommand, "position" | "rejection"> & { readonly outcome: string | null };

function toCommand({ outcome, error, ...command }: CommandRecord & { seq?: unknown }): SentCommand {
  const { seq: _seq, ...sent } = command;
  const answer =
    outcome === null ? {} : (JSON.parse(outcome) as { position?: string; code?: string; message?: string });
  const rejection = answer.code === undefined ? null : `${answer.code}: ${answer.message}`;
  return { ...sent, error: messageOf(error), position: answer.position ?? null, rejection };
}

function messageOf(error: string | null): string | null {
  return error === null ? null : ((JSON.parse(error) as { message?: string }).message ?? null);
}
