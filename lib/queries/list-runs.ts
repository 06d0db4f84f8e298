import { NotFound } from "@/lib/kernel/errors";
import { checkLimit, checkText, invalid } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";
import { createValues } from "@/lib/queries/sql-values";
import { endStates, type RunState } from "@/lib/runs/run";

/** Every state, in the order in which a run may pass through them. */
export const runStates = [
  ...["waiting", "running", "paused", "cancelling", "awaiting-decision"],
  ...["succeeded", "failed", "cancelled"],
] as [RunState, ...RunState[]];

/** A run as lists show it. Times are ISO 8601 UTC. */
export type RunRow = {
  readonly id: string;
  readonly kind: string;
  readonly subject: string | null;
  readonly state: RunState;
  /** What was asked of it and has not happened yet. */
  readonly wanted: "pause" | "cancel" | null;
  readonly phase: string | null;
  readonly phases: readonly string[];
  /** Of the phase, in `unit`s; `total` is null when nobody can know. */
  readonly done: number;
  readonly total: number | null;
  readonly unit: string;
  /** What is at hand now, or what is asked of the operator. */
  readonly detail: string | null;
  readonly problems: number;
  readonly error: { readonly name: string; readonly message: string } | null;
  /** Acts beside pause, resume and cancel: `promote`, `revert`, `throttle`; what can no longer be done is left out. */
  readonly offers: readonly string[];
  readonly throttle: number | null;
  readonly requestedBy: string;
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly owner: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly phaseAt: string | null;
  readonly endedAt: string | null;
};

/** A page of runs, newest first; `next` is the cursor of the one after. */
export type RunsPage = { readonly runs: readonly RunRow[]; readonly next: string | null };

/** What a page of runs is asked by. `live` stands for every state that is no end. */
export type RunsRequest = {
  readonly kind?: string | undefined;
  readonly state?: RunState | "live" | undefined;
  readonly subject?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
};

/** Lists runs, newest first. Throws `InvalidRequest`. */
export async function listRuns({ reads }: QueryContext, request: RunsRequest): Promise<RunsPage> {
  const limit = checkLimit(request.limit);
  const { values, bind } = createValues();
  const where: string[] = [];
  for (const name of ["kind", "subject"] as const) {
    const value = request[name];
    if (value !== undefined) where.push(`r.${name} = ${bind(checkText(value, name))}`);
  }
  if (request.state === "live") where.push("r.ended_at is null");
  else if (request.state !== undefined) where.push(`r.state = ${bind(request.state)}`);
  if (request.cursor !== undefined) where.push(`r.id < ${bind(checkRunId(request.cursor, "cursor"))}::bigint`);
  const rows = await reads.query<RunRecord>(
    `select ${runColumns} from runs r ${where.length > 0 ? `where ${where.join(" and ")}` : ""}
      order by r.id desc limit ${bind(limit + 1)}::int`,
    values,
  );
  const runs = rows.slice(0, limit).map(toRunRow);
  return { runs, next: rows.length > limit ? (runs.at(-1)?.id ?? null) : null };
}

/** One run. Throws `NotFound`. */
export async function readRun({ reads }: Pick<QueryContext, "reads">, id: string): Promise<RunRow> {
  if (!/^[1-9]\d{0,17}$/.test(id)) throw new NotFound("run", id.slice(0, 100));
  const [row] = await reads.query<RunRecord>(`select ${runColumns} from runs r where r.id = $1::bigint`, [id]);
  if (!row) throw new NotFound("run", id);
  return toRunRow(row);
}

/** How many runs have not ended, for the navigation. */
export async function countLiveRuns({ reads }: QueryContext): Promise<number> {
  const [row] = await reads.query<{ live: number }>(
    "select count(*)::int as live from (select from runs where ended_at is null limit 100) live",
  );
  return row?.live ?? 0;
}

/** Whether a run has come to its end. */
export function hasEnded({ state }: Pick<RunRow, "state">): boolean {
  return endStates.includes(state);
}

/** A run's row as the database gives it. */
export type RunRecord = Omit<RunRow, "id" | "wanted" | "done" | "total" | "problems" | "error"> & {
  readonly id: bigint;
  readonly wanted: "run" | "pause" | "cancel";
  readonly done: bigint;
  readonly total: bigint | null;
  readonly problems: bigint;
  readonly error: string | null;
};

// What a rebuild promoted can be given back only while it serves and the one before it is kept.
const offersNow = `case when r.kind <> 'rebuild' or r.state <> 'succeeded' or exists (
     select from consumer_generations g join consumer_generations k on k.consumer = g.consumer and k.state = 'kept'
      where g.consumer = r.subject and g.state = 'live' and g.generation = (r.checkpoint ->> 'generation')::integer
        and k.generation = (r.checkpoint ->> 'live')::integer)
   then r.offers else array_remove(r.offers, 'revert') end`;

/** The columns of `RunRecord`, of the table `r`. */
export const runColumns = `r.id, r.kind, r.subject, r.state, r.wanted, r.phase, r.phases, r.done, r.total, r.unit, r.detail, r.problems,
  r.error, ${offersNow} as offers, r.throttle, r.requested_by as "requestedBy", r.reason, r.ticket, r.owner, r.created_at as "createdAt",
  r.started_at as "startedAt", r.phase_at as "phaseAt", r.ended_at as "endedAt"`;

/** A row as lists show it. */
export function toRunRow(record: RunRecord): RunRow {
  const error = record.error === null ? null : (JSON.parse(record.error) as { name: string; message: string });
  return {
    ...record,
    id: String(record.id),
    wanted: record.wanted === "run" ? null : record.wanted,
    done: Number(record.done),
    total: record.total === null ? null : Number(record.total),
    problems: Number(record.problems),
    error: error && { name: error.name, message: error.message },
  };
}

function checkRunId(text: string, path: string): string {
  if (/^[1-9]\d{0,17}$/.test(text)) return text;
  throw invalid(path, "must be the number of a run");
}
