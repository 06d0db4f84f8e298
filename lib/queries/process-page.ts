import { NotFound } from "@/lib/kernel/errors";
import { checkLimit, checkText, checkTime, invalid } from "@/lib/queries/check-input";
import { type EndedStage, endedStages } from "@/lib/queries/ended-stages";
import { readHighWater } from "@/lib/queries/list-events";
import { overdueSql, type ProcessRow, processRows, STUCK_ATTEMPTS } from "@/lib/queries/list-processes";
import type { QueryContext } from "@/lib/queries/query-context";
import { createValues } from "@/lib/queries/sql-values";

/** Which instances a list shows. */
export const instanceFilters = ["running", "stuck", "overdue", "ended", "cancelled", "all"] as const;
/** One of them. */
type InstanceFilter = (typeof instanceFilters)[number];

/** An instance as lists show it. Times are ISO 8601 UTC. */
export type InstanceRow = {
  readonly instance: string;
  readonly status: "running" | "ended" | "cancelled";
  /** Where it stands: what it waits for. */
  readonly stage: string;
  readonly inputs: number;
  readonly startedAt: string;
  readonly updatedAt: string;
  readonly endedAt: string | null;
  /** Failures in a row of what it has to do next. */
  readonly attempts: number;
  readonly stuck: boolean;
  readonly overdue: boolean;
  /** Its earliest timer. */
  readonly timer: { readonly name: string; readonly dueAt: string } | null;
};

/** A process and one page of its instances, the last moved first. */
export type ProcessPage = {
  readonly process: ProcessRow;
  /** Where instances ended in the last 24 hours. */
  readonly ended: readonly EndedStage[];
  readonly instances: readonly InstanceRow[];
  readonly next: string | null;
  readonly highWater: string;
};

/** What a page of instances is asked by; `prefix` is the beginning of an instance's name. */
export type InstancesRequest = {
  readonly filter?: InstanceFilter | undefined;
  readonly stage?: string | undefined;
  readonly prefix?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
};

const NEEDY_MAX = 1_000;

/** Reads a process with a page of its instances. Throws `NotFound`, `InvalidRequest`. */
export async function processPage(
  context: QueryContext,
  name: string,
  request: InstancesRequest,
): Promise<ProcessPage> {
  checkText(name, "name");
  const limit = checkLimit(request.limit);
  const { values, bind } = createValues();
  const process = bind(name);
  const where = [`i.process = ${process}`];
  const { filter = "running" } = request;
  if (filter === "stuck") where.push(`i.attempts >= ${STUCK_ATTEMPTS}`);
  else if (filter === "overdue") {
    where.push(`i.instance in (select t.instance from process_timers t where t.process = ${process} and ${overdueSql}
      order by t.due_at limit ${NEEDY_MAX})`);
  } else if (filter !== "all") where.push(`i.status = ${bind(filter)}`);
  if (request.stage !== undefined) where.push(`i.stage = ${bind(checkText(request.stage, "stage"))}`);
  if (request.prefix !== undefined)
    where.push(`starts_with(i.instance, ${bind(checkText(request.prefix, "prefix"))}::text)`);
  if (request.cursor !== undefined) {
    const { at, instance } = placeOf(request.cursor);
    where.push(`(i.updated_at, i.instance) < (${bind(at)}::timestamptz, ${bind(instance)}::text)`);
  }
  const [[found], ended, rows, highWater] = await Promise.all([
    processRows(context, name),
    endedStages(context, name),
    context.reads.query<InstanceRecord>(
      `select ${instanceColumns} from process_instances i
        where ${where.join(" and ")} order by i.updated_at desc, i.instance desc limit ${bind(limit + 1)}::int`,
      values,
    ),
    readHighWater(context),
  ]);
  if (!found) throw new NotFound("process", name);
  const instances = rows.slice(0, limit).map(toInstanceRow);
  const last = instances.at(-1);
  const next = rows.length > limit && last ? `${last.updatedAt}~${last.instance}` : null;
  return { process: found, ended, instances, next, highWater: String(highWater) };
}

/** An instance's row as the database gives it. */
export type InstanceRecord = Omit<InstanceRow, "stuck" | "timer"> & {
  readonly timer: string | null;
  readonly timerDueAt: string | null;
};

/** The columns of `InstanceRecord`, of the table `i`. */
export const instanceColumns = `i.instance, i.status, i.stage, i.inputs, i.started_at as "startedAt", i.updated_at as "updatedAt",
  i.ended_at as "endedAt", i.attempts,
  exists (select from process_timers t where t.process = i.process and t.instance = i.instance and ${overdueSql}) as overdue,
  (select t.name from process_timers t where t.process = i.process and t.instance = i.instance and t.state = 'waiting'
    order by t.due_at, t.name limit 1) as timer,
  (select t.due_at from process_timers t where t.process = i.process and t.instance = i.instance and t.state = 'waiting'
    order by t.due_at, t.name limit 1) as "timerDueAt"`;

/** A row as lists show it. */
export function toInstanceRow({ timer, timerDueAt, ...record }: InstanceRecord): InstanceRow {
  const waiting = timer !== null && timerDueAt !== null ? { name: timer, dueAt: timerDueAt } : null;
  return { ...record, stuck: record.attempts >= STUCK_ATTEMPTS, timer: waiting };
}

function placeOf(cursor: string): { at: string; instance: string } {
  const cut = cursor.indexOf("~");
  if (cut < 0) throw invalid("cursor", "must be the `next` of the page before");
  return { at: checkTime(cursor.slice(0, cut), "cursor"), instance: checkText(cursor.slice(cut + 1), "cursor") };
}
