import type { ReadDatabase } from "@/lib/db/read-database";
import { errorText } from "@/lib/queries/processed-by";

/** A timer that a process manager set in a trace. Times in microseconds since 1970 and as ISO 8601. */
export type TraceTimer = {
  readonly id: string;
  readonly process: string;
  readonly instance: string;
  readonly name: string;
  readonly state: "waiting" | "fired" | "cancelled";
  /** Its time has come, and it has not fired. */
  readonly overdue: boolean;
  readonly setUs: number;
  readonly dueUs: number;
  /** When it fired or was called off. */
  readonly settledUs: number | null;
  readonly setAt: string;
  readonly dueAt: string;
  readonly settledAt: string | null;
  readonly attempts: number;
  readonly error: string | null;
  /** The event that led to it, and what its instance was given when it set it: that event, or another timer. */
  readonly causationId: string;
  readonly inputId: string | null;
};

/** Who sent a command: the process, and the input on which it did. */
export type CommandSender = { readonly process: string; readonly inputId: string };

/** Timers that are read of one trace. */
export const TIMERS_MAX = 1_000;

/** The timers of a correlation in the order in which they were set; those of forgotten instances are gone. */
export async function traceTimers(reads: ReadDatabase, correlationId: string): Promise<readonly TraceTimer[]> {
  const rows = await reads.query<TraceTimer>(
    `select t.id, t.process, t.instance, t.name, t.state, t.state = 'waiting' and t.due_at < clock_timestamp() - interval '5 seconds' as overdue,
            (extract(epoch from t.set_at) * 1000000)::float8 as "setUs", (extract(epoch from t.due_at) * 1000000)::float8 as "dueUs",
            (extract(epoch from t.settled_at) * 1000000)::float8 as "settledUs",
            t.set_at as "setAt", t.due_at as "dueAt", t.settled_at as "settledAt",
            t.attempts, t.error::text as error, t.causation_id as "causationId", t.input_id as "inputId"
       from process_timers t where t.correlation_id = $1 order by t.set_at, t.id limit ${TIMERS_MAX + 1}`,
    [correlationId],
  );
  return rows.map((row) => ({ ...row, error: row.error === null ? null : errorText(row.error) }));
}

/** Who sent each of these commands, by the command's id; others than process managers are left out. */
export async function commandSenders(
  reads: ReadDatabase,
  commands: readonly string[],
): Promise<ReadonlyMap<string, CommandSender>> {
  if (commands.length === 0) return new Map();
  const rows = await reads.query<CommandSender & { id: string }>(
    `select c.id, c.process, c.input_id as "inputId" from process_commands c where c.id = any ($1::uuid[])`,
    [commands],
  );
  return new Map(rows.map(({ id, ...sender }) => [id, sender]));
}

/** A command that a process manager asked for and that led to no event, so far or ever. Times as of `TraceTimer`. */
export type UnrecordedCommand = CommandSender & {
  readonly id: string;
  readonly name: string;
  readonly stream: string;
  readonly state: "waiting" | "rejected" | "cancelled";
  readonly askedUs: number;
  readonly answeredUs: number | null;
  readonly attempts: number;
  readonly error: string | null;
  /** Why it was refused, in words. */
  readonly rejection: string | null;
  readonly causationId: string;
  readonly traceparent: string | null;
};

const UNRECORDED_MAX = 1_000;

/** The commands of process managers in a correlation that wait to be sent, were refused or called off, in their order. */
export async function unrecordedCommands(
  reads: ReadDatabase,
  correlationId: string,
): Promise<readonly UnrecordedCommand[]> {
  const rows = await reads.query<UnrecordedCommand>(
    `select c.id, c.process, c.input_id as "inputId", c.command as name, c.category || '-' || c.target as stream, c.state,
            (extract(epoch from c.created_at) * 1000000)::float8 as "askedUs",
            (extract(epoch from c.answered_at) * 1000000)::float8 as "answeredUs", c.attempts, c.error::text as error,
            (c.outcome ->> 'code') || ': ' || (c.outcome ->> 'message') as rejection, c.causation_id as "causationId", c.traceparent
       from process_commands c
      where c.correlation_id = $1 and c.state <> 'accepted' order by c.seq limit ${UNRECORDED_MAX}`,
    [correlationId],
  );
  return rows.map((row) => ({ ...row, error: row.error === null ? null : errorText(row.error) }));
}

/** How much of each correlation waits in process managers; those of which nothing waits are left out. */
export async function processesWait(
  reads: ReadDatabase,
  correlations: readonly string[],
): Promise<ReadonlyMap<string, { readonly timers: number; readonly commands: number }>> {
  const rows = await reads.query<{ id: string; timers: number; commands: number }>(
    `select wanted.id, t.timers, c.commands from unnest($1::text[]) as wanted(id)
      cross join lateral (select count(*)::int as timers from process_timers t
                           where t.correlation_id = wanted.id and t.state = 'waiting') t
      cross join lateral (select count(*)::int as commands from process_commands c
                           where c.correlation_id = wanted.id and c.state <> 'accepted' and c.state = 'waiting') c
      where t.timers + c.commands > 0`,
    [correlations],
  );
  return new Map(rows.map(({ id, ...waits }) => [id, waits]));
}
