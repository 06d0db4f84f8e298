import type pg from "pg";
import type { Process } from "@/lib/define-process";

/** An instance whose row this transaction holds. */
export type Instance = {
  readonly instance: string;
  /** The version of the process that made the state. */
  readonly version: number;
  readonly state: unknown;
  readonly status: "running" | "ended" | "cancelled";
  readonly correlationId: string;
  readonly tenant: string | null;
  readonly startedPosition: bigint;
};

/** An instance that an event begins. */
export type Beginning = {
  readonly instance: string;
  readonly correlationId: string;
  readonly tenant: string | null;
  readonly position: bigint;
};

/**
 * Makes the rows of instances that begin here; whoever else began one first has begun it. Events that were there before
 * the process was begin nothing.
 */
export async function beginInstances(
  client: pg.PoolClient,
  process: Process,
  beginnings: readonly Beginning[],
): Promise<void> {
  if (beginnings.length === 0) return;
  await client.query({
    name: "begin_instances",
    text: `insert into process_instances (process, instance, version, state, stage, correlation_id, tenant, started_position)
       select $1, b.instance, $2, b.state::json, '', b.correlation, b.tenant, b.position
         from unnest($3::text[], $4::text[], $5::text[], $6::text[], $7::bigint[]) as b(instance, state, correlation, tenant, position)
         join processes p on p.name = $1 and b.position > p.live_from
        order by b.instance on conflict do nothing`,
    values: [
      process.name,
      process.version,
      beginnings.map(({ instance }) => instance),
      beginnings.map(({ instance }) => JSON.stringify(process.initialState(instance))),
      beginnings.map(({ correlationId }) => correlationId),
      beginnings.map(({ tenant }) => tenant),
      beginnings.map(({ position }) => position),
    ],
  });
}

const COLUMNS = `i.instance, i.version, i.state, i.status, i.correlation_id as "correlationId", i.tenant,
  i.started_position as "startedPosition"`;

type Row = Omit<Instance, "state"> & { readonly state: string };

/** Takes the rows of these instances, always in the same order; those that are not there are left out. */
export async function lockInstances(
  client: pg.PoolClient,
  process: string,
  instances: readonly string[],
): Promise<Map<string, Instance>> {
  const { rows } = await client.query<Row>({
    name: "lock_instances",
    text: `select ${COLUMNS} from process_instances i where i.process = $1 and i.instance = any ($2)
            order by i.instance for no key update`,
    values: [process, instances],
  });
  return new Map(rows.map((row) => [row.instance, parsed(row)]));
}

/**
 * Takes one instance that has something to do, of a process in the version that this code has; others that are being
 * worked on are passed by. Undefined: there is none.
 */
export async function takeDueInstance(
  client: pg.PoolClient,
  processes: readonly Process[],
): Promise<{ readonly process: Process; readonly instance: Instance } | undefined> {
  const { rows } = await client.query<Row & { process: string }>({
    name: "take_due_instance",
    text: `select i.process, ${COLUMNS} from process_instances i
             join unnest($1::text[], $2::integer[]) as known(name, version) on known.name = i.process
             join processes p on p.name = i.process and p.version = known.version
             join consumers c on c.name = i.process and c.state = 'running'
            where i.due_at <= clock_timestamp() order by i.due_at limit 1 for no key update of i skip locked`,
    values: [processes.map(({ name }) => name), processes.map(({ version }) => version)],
  });
  const [row] = rows;
  const process = row && processes.find(({ name }) => name === row.process);
  return row && process ? { process, instance: parsed(row) } : undefined;
}

function parsed({ state, ...row }: Row): Instance {
  return { ...row, state: JSON.parse(state) };
}
