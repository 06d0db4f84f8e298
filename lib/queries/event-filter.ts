import { limits } from "@/lib/kernel/limits";
import { checkText, checkTime, invalid } from "@/lib/queries/check-input";
import { typesHiding } from "@/lib/queries/personal-filter";
import { positionsAt, versionsAt } from "@/lib/queries/position-at";
import type { QueryContext } from "@/lib/queries/query-context";
import { createValues } from "@/lib/queries/sql-values";

/** What the log is narrowed to; all given conditions hold together. */
export type EventFilter = {
  readonly type?: string | undefined;
  readonly category?: string | undefined;
  readonly stream?: string | undefined;
  readonly correlation?: string | undefined;
  readonly actor?: string | undefined;
  /** Bounds of the recording time, ISO 8601; `from` inclusive, `to` exclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Payload conditions: path (`address.city`, `lines.0.sku`) → the value's text. */
  readonly data?: Readonly<Record<string, string>> | undefined;
};

/** Positions that a walk may touch, both ends included. */
export type LogRange = { readonly low: bigint; readonly high: bigint; readonly forwards: boolean };

/** A bounded walk along one index of the log, and what must be checked on each row beside it. */
export type LogScan = {
  /** The walk's statement without its columns; its values are the first `walkValues` of `values`. */
  readonly walk: (columns: string) => string;
  readonly walkValues: readonly unknown[];
  /** Conditions that no index answers; null when the walk alone is the page. */
  readonly residual: string | null;
  readonly values: readonly unknown[];
  /** ORDER BY of the walk, for the table or subquery `e`. */
  readonly order: string;
  /** The walk stops after this many rows. */
  readonly bound: number;
};

/** Rows that one request looks at where no index answers; payload conditions have to parse each of them. */
const SCAN_MAX = 10_000;
const SCAN_MAX_PAYLOAD = 3_000;

/** How far apart in time concurrent appends may be from the order of their positions, in milliseconds. */
const CLOCK_SLACK_MS = 1_000;

/**
 * Chooses the index that is walked by a fixed rule (correlation, stream, type, category, position). Each order is one that
 * a single index delivers, so that no statistics can turn a page into a scan of the log. Throws `InvalidRequest`.
 */
export async function logScan(context: QueryContext, filter: EventFilter, range: LogRange): Promise<LogScan> {
  checkFilter(filter);
  const { low, high } = await withinTimes(context, filter, range);
  const { values, bind } = createValues();
  const way = range.forwards ? "asc" : "desc";
  const equal = [
    ["correlation_id", filter.correlation],
    ["stream", filter.stream],
    ["type", filter.type],
    ["category", filter.category],
  ].flatMap(([column, value]) => (column && value !== undefined ? [{ column, value }] : []));
  const [first, ...others] = equal;

  let columns = ["position"];
  let from: unknown[] = [low];
  let to: unknown[] = [high];
  if (first?.column === "stream") {
    const [fromVersion, afterVersion] = await versionsAt(context.reads, first.value, [low, high + 1n]);
    columns = ["stream", "version"];
    from = [first.value, fromVersion ?? 1n];
    to = [first.value, (afterVersion ?? 1n) - 1n];
  } else if (first) {
    columns = [first.column, "position"];
    from = [first.value, low];
    to = [first.value, high];
  }
  const row = `(${columns.map((column) => `e.${column}`).join(", ")})`;
  const place = (parts: readonly unknown[]) =>
    `(${parts.map((part) => `${bind(part)}::${typeof part === "bigint" ? "bigint" : "text"}`).join(", ")})`;
  const where = `${row} >= ${place(from)} and ${row} <= ${place(to)}`;
  const order = columns.map((column) => `e.${column} ${way}`).join(", ");
  const walkValues = [...values];

  const residual = others.map(({ column, value }) => `e.${column} = ${bind(value)}::text`);
  if (filter.actor !== undefined) residual.push(`e.actor = ${bind(filter.actor)}::text`);
  if (filter.from !== undefined) residual.push(`e.recorded_at >= ${bind(filter.from)}::timestamptz`);
  if (filter.to !== undefined) residual.push(`e.recorded_at < ${bind(filter.to)}::timestamptz`);
  const payload = Object.entries(filter.data ?? {});
  for (const [path, text] of payload) {
    residual.push(`e.type <> all(${bind(typesHiding(context.catalog, path))}::text[])`);
    residual.push(`e.data #>> ${bind(path.split("."))}::text[] = ${bind(text)}::text`);
  }
  const bound = residual.length === 0 ? limits.pageMax + 1 : payload.length > 0 ? SCAN_MAX_PAYLOAD : SCAN_MAX;
  return {
    walk: (wanted) => `select ${wanted} from events e where ${where} order by ${order} limit ${bound}`,
    walkValues,
    residual: residual.length > 0 ? residual.join(" and ") : null,
    values,
    order,
    bound,
  };
}

async function withinTimes({ reads }: QueryContext, { from, to }: EventFilter, { low, high }: LogRange) {
  if (from === undefined && to === undefined) return { low, high };
  const [first, beyond] = await positionsAt(reads, [
    shifted(from ?? "0001-01-01", -CLOCK_SLACK_MS),
    shifted(to ?? "9999-01-01", CLOCK_SLACK_MS),
  ]);
  const start = from === undefined ? low : (first ?? low);
  const end = to === undefined ? high : (beyond ?? high + 1n) - 1n;
  return { low: start > low ? start : low, high: end < high ? end : high };
}

function shifted(time: string, ms: number): string {
  return new Date(Math.max(Date.parse(time) + ms, FIRST_TIME)).toISOString();
}

const FIRST_TIME = Date.UTC(1000, 0, 1);

function checkFilter(filter: EventFilter): void {
  for (const name of ["type", "category", "stream", "correlation", "actor"] as const) {
    const value = filter[name];
    if (value !== undefined) checkText(value, name);
  }
  if (filter.from !== undefined) checkTime(filter.from, "from");
  if (filter.to !== undefined) checkTime(filter.to, "to");
  const conditions = Object.entries(filter.data ?? {});
  if (conditions.length > 8) throw invalid("data", "may have at most 8 conditions");
  for (const [path, text] of conditions) {
    checkText(path, "data", 500);
    checkText(text, `data.${path}`, 2_000);
    if (path.split(".").some((part) => part === ""))
      throw invalid(`data.${path}`, "is not a path such as address.city");
  }
}
