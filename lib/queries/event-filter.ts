import { checkText, checkTime, invalid } from "@/lib/queries/check-input";
import { typesHiding } from "@/lib/queries/personal-filter";
import { CLOCK_SLACK_MS, positionsAt, shifted, versionsAt } from "@/lib/queries/position-at";
import type { QueryContext } from "@/lib/queries/query-context";
import { createValues } from "@/lib/queries/sql-values";

/** What the log is narrowed to; all given conditions hold together. */
export type EventFilter = {
  readonly type?: string | undefined;
  readonly category?: string | undefined;
  readonly stream?: string | undefined;
  /** Text that the stream's name holds somewhere. */
  readonly streamPart?: string | undefined;
  readonly correlation?: string | undefined;
  readonly actor?: string | undefined;
  readonly tenant?: string | undefined;
  /** Bounds of the recording time, ISO 8601; `from` inclusive, `to` exclusive. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** Payload conditions: path (`address.city`, `lines.0.sku`) → the value's text. */
  readonly data?: Readonly<Record<string, string>> | undefined;
};

/** Positions that a walk may touch, both ends included. */
export type LogRange = { readonly low: bigint; readonly high: bigint };

/** A walk along one index of the log, and what must be checked on each row beside it. */
export type LogScan = {
  /** The walk's statement without its columns, `rows` rows long; its values are the first `walkValues` of `values`. */
  readonly walk: (columns: string, rows: number) => string;
  readonly walkValues: readonly unknown[];
  /** Conditions that no index answers; null when the walk alone is the page. */
  readonly residual: string | null;
  readonly values: readonly unknown[];
  /** ORDER BY of the walk, for the table or subquery `e`. */
  readonly order: string;
};

/** The conditions that have an index, the narrowest first: the first that is given is the one that is walked. */
const INDEXED = [
  ["correlation_id", "correlation"],
  ["stream", "stream"],
  ["type", "type"],
  ["tenant", "tenant"],
  ["category", "category"],
] as const;

/**
 * Chooses the index that is walked by a fixed rule (correlation, stream, type, tenant, category, position). Each order is
 * one that a single index delivers, so that no statistics can turn a page into a scan of the log.
 */
export async function logScan(
  context: QueryContext,
  filter: EventFilter,
  { low, high }: LogRange,
  forwards: boolean,
): Promise<LogScan> {
  const { values, bind } = createValues();
  const way = forwards ? "asc" : "desc";
  const [first, ...others] = INDEXED.flatMap(([column, name]) => {
    const value = filter[name];
    return value === undefined ? [] : [{ column, value }];
  });

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
  // The index on tenants leaves out the events that have none; the planner must see that it is not asked for those.
  const given = first?.column === "tenant" ? " and e.tenant is not null" : "";
  const where = `${row} >= ${place(from)} and ${row} <= ${place(to)}${given}`;
  const order = columns.map((column) => `e.${column} ${way}`).join(", ");
  const walkValues = [...values];
  const residual = [
    ...others.map(({ column, value }) => `e.${column} = ${bind(value)}::text`),
    ...unindexed(context, filter, bind),
  ];
  return {
    walk: (wanted, rows) => `select ${wanted} from events e where ${where} order by ${order} limit ${rows}`,
    walkValues,
    residual: residual.length > 0 ? residual.join(" and ") : null,
    values,
    order,
  };
}

/** All conditions of a filter on the event `e`, for a statement that comes to its events by another way. */
export function filterConditions(
  context: QueryContext,
  filter: EventFilter,
  bind: (value: unknown) => string,
): readonly string[] {
  const equal = INDEXED.flatMap(([column, name]) => {
    const value = filter[name];
    return value === undefined ? [] : [`e.${column} = ${bind(value)}::text`];
  });
  return [...equal, ...unindexed(context, filter, bind)];
}

/** The conditions that each row has to be looked at for. */
function unindexed(context: QueryContext, filter: EventFilter, bind: (value: unknown) => string): string[] {
  const conditions: string[] = [];
  if (filter.actor !== undefined) conditions.push(`e.actor = ${bind(filter.actor)}::text`);
  if (filter.streamPart !== undefined) conditions.push(`position(${bind(filter.streamPart)}::text in e.stream) > 0`);
  if (filter.from !== undefined) conditions.push(`e.recorded_at >= ${bind(filter.from)}::timestamptz`);
  if (filter.to !== undefined) conditions.push(`e.recorded_at < ${bind(filter.to)}::timestamptz`);
  for (const [path, text] of Object.entries(filter.data ?? {})) {
    conditions.push(`e.type <> all(${bind(typesHiding(context.catalog, path))}::text[])`);
    conditions.push(`e.data #>> ${bind(path.split("."))}::text[] = ${bind(text)}::text`);
  }
  return conditions;
}

/** The positions between which all events of the filter's time lie: `range`, or a part of it. */
export async function withinTimes(
  { reads }: QueryContext,
  { from, to }: EventFilter,
  { low, high }: LogRange,
): Promise<LogRange> {
  if (from === undefined && to === undefined) return { low, high };
  const [first, beyond] = await positionsAt(reads, [
    shifted(from ?? "0001-01-01", -CLOCK_SLACK_MS),
    shifted(to ?? "9999-01-01", CLOCK_SLACK_MS),
  ]);
  const start = from === undefined ? low : (first ?? low);
  const end = to === undefined ? high : (beyond ?? high + 1n) - 1n;
  return { low: start > low ? start : low, high: end < high ? end : high };
}

/** Refuses what no event could have. Throws `InvalidRequest`. */
export function checkFilter(filter: EventFilter): void {
  for (const name of ["type", "category", "stream", "streamPart", "correlation", "actor", "tenant"] as const) {
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
