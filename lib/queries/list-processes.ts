import type { ProcessMove } from "@/lib/define-process";
import type { Lag } from "@/lib/queries/lag";
import { readHighWater } from "@/lib/queries/list-events";
import type { QueryContext } from "@/lib/queries/query-context";
import { lagOf } from "@/lib/subscriptions/lag";

/** Failures in a row after which an instance is stuck. */
export const STUCK_ATTEMPTS = 3;

/** SQL: a timer `t` that should have fired by now and has not; a moment is granted. */
export const overdueSql = "t.state = 'waiting' and t.due_at < clock_timestamp() - interval '5 seconds'";

/** A process as lists show it. Counts stop at `countMax`. */
export type ProcessRow = {
  readonly name: string;
  readonly description: string | null;
  readonly state: "running" | "paused";
  /** Who switched it last, why and when. */
  readonly stateBy: string | null;
  readonly stateReason: string | null;
  readonly stateAt: string;
  readonly version: number;
  readonly types: readonly string[];
  readonly sloMs: number;
  readonly lag: Lag;
  /** The ways between stages as this code declares them; none where it does not know the process. */
  readonly moves: readonly ProcessMove[];
  /** Running instances by where they stand, most first. */
  readonly stages: readonly { readonly stage: string; readonly count: number }[];
  readonly running: number;
  /** Instances whose next command or timer keeps failing. */
  readonly stuck: number;
  /** Instances with a timer that should have fired. */
  readonly overdue: number;
  /** Commands that wait to be sent. */
  readonly waitingCommands: number;
  readonly countMax: number;
};

/** Every process. */
export type ProcessesList = { readonly processes: readonly ProcessRow[]; readonly highWater: string };

const COUNT_MAX = 100_000;
const NEVER: Lag = { known: false, since: null, reason: "never-started" };

/** Lists processes: those that need somebody first, then by name. */
export async function listProcesses(context: QueryContext): Promise<ProcessesList> {
  const [processes, highWater] = await Promise.all([processRows(context), readHighWater(context)]);
  return { processes, highWater: String(highWater) };
}

type Record = {
  readonly name: string;
  readonly state: "running" | "paused";
  readonly state_by: string | null;
  readonly state_reason: string | null;
  readonly state_at: string;
  readonly version: number;
  readonly types: string[];
  readonly slo_ms: number;
  readonly stages: string | null;
  readonly stuck: number;
  readonly overdue: number;
  readonly waiting_commands: number;
};

/** The rows of all processes or of one. */
export async function processRows(context: QueryContext, name: string | null = null): Promise<ProcessRow[]> {
  const { reads, catalog } = context;
  const [records, lags] = await Promise.all([
    reads.query<Record>(
      `select c.name, c.state, c.state_by, c.state_reason, c.state_at, p.version, c.types, c.slo_ms, stages.stages, stuck.n as stuck, overdue.n as overdue, waiting.n as waiting_commands
         from processes p join consumers c on c.name = p.name
        cross join lateral (
          select json_agg(json_build_object('stage', s.stage, 'count', s.n) order by s.n desc, s.stage) as stages from (
            select i.stage, count(*) as n from (
              select i.stage from process_instances i where i.process = p.name and i.status = 'running' limit $2) i group by 1) s) stages
        cross join lateral (
          select count(*)::int as n from (
            select from process_instances i where i.process = p.name and i.attempts >= $3 limit $2) i) stuck
        cross join lateral (
          select count(*)::int as n from (
            select from process_timers t where t.process = p.name and ${overdueSql} limit $2) t) overdue
        cross join lateral (
          select count(*)::int as n from (
            select from process_commands q where q.process = p.name and q.state = 'waiting' limit $2) q) waiting
        where $1::text is null or p.name = $1`,
      [name, COUNT_MAX, STUCK_ATTEMPTS],
    ),
    lagOf(reads, name === null ? { kind: "process" } : { consumers: [name] }),
  ]);
  const known = new Map(catalog.processes.map((process) => [process.name, process]));
  return records
    .map((record): ProcessRow => {
      const stages = record.stages === null ? [] : (JSON.parse(record.stages) as ProcessRow["stages"]);
      return {
        name: record.name,
        description: known.get(record.name)?.description ?? null,
        state: record.state,
        stateBy: record.state_by,
        stateReason: record.state_reason,
        stateAt: record.state_at,
        version: record.version,
        types: record.types,
        sloMs: record.slo_ms,
        lag: lags.get(record.name) ?? NEVER,
        moves: known.get(record.name)?.moves ?? [],
        stages,
        running: stages.reduce((sum, { count }) => sum + count, 0),
        stuck: record.stuck,
        overdue: record.overdue,
        waitingCommands: record.waiting_commands,
        countMax: COUNT_MAX,
      };
    })
    .sort((a, b) => b.stuck + b.overdue - (a.stuck + a.overdue) || a.name.localeCompare(b.name));
}
