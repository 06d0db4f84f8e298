import type { ReadDatabase } from "@/lib/db/read-database";
import { microseconds } from "@/lib/kernel/time";
import { type StoredSpan, splitOf, subtree, type WorkingPart } from "@/lib/queries/span-tree";
import type { TracePage, TraceRow } from "@/lib/queries/trace-page";
import { hasWork } from "@/lib/queries/trace-row";

/** A span below a row of a trace. Times are whole microseconds since `startedAt` of the trace. */
export type SpanRow = {
  readonly id: string;
  /** Below the row: 1 for what the row itself is, 2 for what that called. */
  readonly depth: number;
  readonly name: string;
  readonly kind: string;
  readonly service: string;
  readonly startUs: number;
  readonly durationUs: number;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
};

/**
 * The spans of a row, and what its working time went to. Without spans `missing` says why: there was no trace, whoever
 * began it did not want it sampled, they are not written yet, are thrown away, or the process kept only one trace in
 * several.
 */
export type RowSpans = {
  readonly spans: readonly SpanRow[];
  readonly split: readonly WorkingPart[];
  readonly missing: "no-trace" | "not-sampled" | "not-yet" | "too-old" | "left-out" | null;
};

/** Rows whose spans are looked for at once, and spans that are read for them. */
const ROWS_MAX = 300;
const SPANS_MAX = 5_000;
/** Spans are written once a second. */
const WRITTEN_AFTER_US = 3_000_000;

/** Work that a stored trace context names; its end in microseconds since the trace began. */
type Work = { readonly traceparent: string | null; readonly endedUs: number };

/** Reads the spans of one piece of work in a trace that began at `startedAt`, ISO 8601. */
export async function workSpans(reads: ReadDatabase, startedAt: string, work: Work): Promise<RowSpans> {
  const found = await spansOf(reads, startedAt, new Map([["", work]]));
  return found.get("") ?? { spans: [], split: [], missing: "no-trace" };
}

/** Reads the spans of some rows of a trace; rows that have no work of their own are left out of the answer. */
export async function rowSpans(
  reads: ReadDatabase,
  { startedAt }: Pick<TracePage, "startedAt">,
  rows: readonly TraceRow[],
): Promise<ReadonlyMap<string, RowSpans>> {
  const asked = rows.filter(hasWork).slice(0, ROWS_MAX);
  const works = asked.map(({ id, traceparent, endUs, startUs }): [string, Work] => [
    id,
    { traceparent, endedUs: endUs ?? startUs },
  ]);
  return spansOf(reads, startedAt, new Map(works));
}

async function spansOf(
  reads: ReadDatabase,
  startedAt: string,
  works: ReadonlyMap<string, Work>,
): Promise<ReadonlyMap<string, RowSpans>> {
  if (works.size === 0) return new Map();
  const contexts = new Map([...works].map(([id, { traceparent }]) => [id, contextOf(traceparent)]));
  const ids = [...new Set([...contexts.values()].flatMap((context) => (context ? [context.traceId] : [])))];
  const [spans, { oldestUs, nowUs }] = await Promise.all([readSpans(reads, ids), readBounds(reads)]);
  const byTrace = byTraceId(spans);
  const startUs = Number(microseconds(startedAt) ?? 0n);
  return new Map(
    [...works].map(([id, { endedUs }]): [string, RowSpans] => {
      const context = contexts.get(id);
      const found = context ? subtree(byTrace.get(context.traceId) ?? [], context.spanId) : [];
      if (found.length > 0) {
        const shown = found.map(({ span, depth }) => shownSpan(span, depth, startUs));
        return [id, { spans: shown, split: splitOf(found), missing: null }];
      }
      return [id, { spans: [], split: [], missing: whyNone(context, startUs + endedUs, nowUs, oldestUs) }];
    }),
  );
}

type TraceContext = { readonly traceId: string; readonly spanId: string; readonly sampled: boolean };

function contextOf(traceparent: string | null): TraceContext | undefined {
  const [, traceId, spanId, flags] =
    /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})/.exec(traceparent ?? "") ?? [];
  if (!traceId || !spanId || !flags) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

function whyNone(
  context: TraceContext | undefined,
  endedUs: number,
  nowUs: number,
  oldestUs: number | null,
): RowSpans["missing"] {
  if (!context) return "no-trace";
  if (!context.sampled) return "not-sampled";
  if (nowUs - endedUs < WRITTEN_AFTER_US) return "not-yet";
  return oldestUs !== null && endedUs < oldestUs ? "too-old" : "left-out";
}

async function readSpans(reads: ReadDatabase, traceIds: readonly string[]): Promise<readonly StoredSpan[]> {
  if (traceIds.length === 0) return [];
  const rows = await reads.query<StoredSpan & { attributes: string }>(
    `select trace_id as "traceId", span_id as "spanId", parent_id as "parentId", name, kind, service, failed, attributes,
            (extract(epoch from started_at) * 1000000)::float8 as "startUs", duration_us::float8 as "durationUs"
       from spans where trace_id = any ($1) order by trace_id, id limit $2`,
    [traceIds, SPANS_MAX],
  );
  return rows.map((row) => ({ ...row, attributes: JSON.parse(row.attributes) as StoredSpan["attributes"] }));
}

/** When the oldest span that is kept began, null when there is none, and now; microseconds since 1970. */
async function readBounds(reads: ReadDatabase): Promise<{ readonly oldestUs: number | null; readonly nowUs: number }> {
  const [row] = await reads.query<{ oldestUs: number | null; nowUs: number }>(
    `select (extract(epoch from min(started_at)) * 1000000)::float8 as "oldestUs",
            (extract(epoch from clock_timestamp()) * 1000000)::float8 as "nowUs" from spans`,
  );
  return row ?? { oldestUs: null, nowUs: 0 };
}

function shownSpan(span: StoredSpan, depth: number, traceStartUs: number): SpanRow {
  const { spanId, kind, service, startUs, durationUs, failed, attributes } = span;
  const start = Math.round(startUs - traceStartUs);
  return { id: spanId, depth, name: nameOf(span), kind, service, startUs: start, durationUs, failed, attributes };
}

/** A statement is known by its beginning better than by the name under which it was prepared. */
function nameOf({ name, attributes }: StoredSpan): string {
  const text = attributes["db.query.text"];
  if (!name.startsWith("pg.query") || typeof text !== "string") return name;
  const words = text.replace(/\s+/g, " ").trim();
  return `SQL ${words.length > STATEMENT_SHOWN ? `${words.slice(0, STATEMENT_SHOWN)}…` : words}`;
}

const STATEMENT_SHOWN = 80;

function byTraceId(spans: readonly StoredSpan[]): ReadonlyMap<string, readonly StoredSpan[]> {
  const groups = new Map<string, StoredSpan[]>();
  for (const span of spans) {
    const group = groups.get(span.traceId);
    if (group) group.push(span);
    else groups.set(span.traceId, [span]);
  }
  return groups;
}
