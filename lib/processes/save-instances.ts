import type pg from "pg";
import type { Process, ProcessAct } from "@/lib/define-process";
import type { Instance } from "@/lib/processes/instances";

/** A command that an instance asks for. */
type Command = {
  readonly id: string;
  readonly inputId: string;
  readonly correlationId: string;
  readonly cause: string;
  readonly traceparent: string | null;
  readonly act: Extract<ProcessAct, { act: "send" }>;
};

/** A timer that an instance sets, due `afterMs` after `from`. */
type Timer = {
  readonly id: string;
  readonly inputId: string;
  readonly name: string;
  readonly from: string;
  readonly afterMs: number;
  readonly correlationId: string;
  readonly cause: string;
  readonly traceparent: string | null;
};

/** What has become of an instance in this transaction. A timer that is null has been taken back. */
export type Moved = {
  readonly instance: Instance;
  state: unknown;
  status: Instance["status"];
  /** How many inputs it has taken. */
  inputs: number;
  readonly commands: Command[];
  readonly timers: Map<string, Timer | null>;
};

/** Writes what instances have become, what they ask for and when they want to be woken, in the transaction that holds them. */
export async function saveInstances(client: pg.PoolClient, process: Process, moved: readonly Moved[]): Promise<void> {
  if (moved.length === 0) return;
  await takeBack(client, process.name, moved);
  await setTimers(client, process.name, moved);
  await queueCommands(client, process.name, moved);
  await client.query({
    name: "save_instances",
    text: `update process_instances i
              set state = m.state::json, stage = m.stage, status = m.status, version = $2, inputs = i.inputs + m.inputs,
                  updated_at = clock_timestamp(),
                  ended_at = case when m.status = 'running' then null else coalesce(i.ended_at, clock_timestamp()) end,
                  due_at = process_due_at(i.process, i.instance),
                  attempts = process_attempts(i.process, i.instance)
             from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::integer[]) as m(instance, state, stage, status, inputs)
            where i.process = $1 and i.instance = m.instance`,
    values: [
      process.name,
      process.version,
      moved.map(({ instance }) => instance.instance),
      moved.map(({ state }) => JSON.stringify(state)),
      moved.map(({ state }) => process.stage(state)),
      moved.map(({ status }) => status),
      moved.map(({ inputs }) => inputs),
    ],
  });
}

/** Timers that are set again or taken back, and all of those that are over; of the cancelled, commands not yet sent, too. */
async function takeBack(client: pg.PoolClient, process: string, moved: readonly Moved[]): Promise<void> {
  const named = moved.flatMap(({ instance, timers }) => [...timers.keys()].map((name) => [instance.instance, name]));
  const over = moved.filter(({ status }) => status !== "running").map(({ instance }) => instance.instance);
  if (named.length + over.length > 0) {
    await client.query({
      name: "take_timers_back",
      text: `update process_timers t set state = 'cancelled', settled_at = clock_timestamp()
              where t.process = $1 and t.state = 'waiting' and (t.instance = any ($4)
                 or (t.instance, t.name) in (select * from unnest($2::text[], $3::text[])))`,
      values: [process, named.map(([instance]) => instance), named.map(([, name]) => name), over],
    });
  }
  const cancelled = moved.filter((one) => one.status === "cancelled" && one.instance.status === "running");
  if (cancelled.length === 0) return;
  await client.query(
    `update process_commands set state = 'cancelled', answered_at = clock_timestamp()
      where process = $1 and instance = any ($2) and state = 'waiting'`,
    [process, cancelled.map(({ instance }) => instance.instance)],
  );
}

/** Where the event stands that led to something; what an operator asked for has no event. */
function positionOf(cause: string): string {
  return `case when ${cause} ~ '^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$'
                         then (select e.position from events e where e.event_id = ${cause}::uuid) end`;
}

async function setTimers(client: pg.PoolClient, process: string, moved: readonly Moved[]): Promise<void> {
  const timers = moved
    .filter(({ status }) => status === "running")
    .flatMap(({ instance, timers }) =>
      [...timers.values()].flatMap((timer) => (timer ? [{ ...timer, instance: instance.instance }] : [])),
    );
  if (timers.length === 0) return;
  await client.query({
    name: "set_timers",
    text: `insert into process_timers (id, process, instance, name, due_at, next_attempt_at, input_id, correlation_id, causation_id, traceparent, position)
             select t.id, $1, t.instance, t.name, due.at, due.at, t.input_id, t.correlation, t.cause, t.traceparent, ${positionOf("t.cause")}
               from unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::float8[], $7::text[], $8::text[], $9::text[], $10::uuid[])
                 as t(id, instance, name, since, after_ms, correlation, cause, traceparent, input_id)
              cross join lateral (select t.since + t.after_ms * interval '1 millisecond' as at) due
             on conflict (id) do nothing`,
    values: [
      process,
      timers.map(({ id }) => id),
      timers.map(({ instance }) => instance),
      timers.map(({ name }) => name),
      timers.map(({ from }) => from),
      timers.map(({ afterMs }) => afterMs),
      timers.map(({ correlationId }) => correlationId),
      timers.map(({ cause }) => cause),
      timers.map(({ traceparent }) => traceparent),
      timers.map(({ inputId }) => inputId),
    ],
  });
}

async function queueCommands(client: pg.PoolClient, process: string, moved: readonly Moved[]): Promise<void> {
  const commands = moved.flatMap(({ instance, commands }) =>
    commands.map((command) => ({ ...command, instance: instance.instance })),
  );
  if (commands.length === 0) return;
  await client.query({
    name: "queue_commands",
    text: `insert into process_commands (id, process, instance, input_id, category, target, command, input, correlation_id, causation_id, traceparent, position)
             select c.id, $1, c.instance, c.input_id, c.category, c.target, c.command, c.input::json, c.correlation, c.cause, c.traceparent,
                    ${positionOf("c.cause")}
               from unnest($2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::text[],
                           $11::text[])
                 with ordinality as c(id, instance, input_id, category, target, command, input, correlation, cause, traceparent, place)
              order by c.place on conflict (id) do nothing`,
    values: [
      process,
      commands.map(({ id }) => id),
      commands.map(({ instance }) => instance),
      commands.map(({ inputId }) => inputId),
      commands.map(({ act }) => act.category),
      commands.map(({ act }) => act.id),
      commands.map(({ act }) => act.command),
      commands.map(({ act }) => JSON.stringify(act.input)),
      commands.map(({ correlationId }) => correlationId),
      commands.map(({ cause }) => cause),
      commands.map(({ traceparent }) => traceparent),
    ],
  });
}
