import { context } from "@opentelemetry/api";
import { core } from "@opentelemetry/sdk-node";
import type pg from "pg";
import { processName } from "@/lib/telemetry/process-name";
import { takeSpans } from "@/lib/telemetry/span-buffer";
import { tallies } from "@/lib/telemetry/tallies";

/** Spans that one statement writes. */
const AT_ONCE = 500;

/**
 * Writes the spans that wait, at most one statement's worth; resolves with whether more may wait. Spans that the database
 * does not take are dropped and counted, and the error is thrown.
 */
export async function writeSpans(pool: pg.Pool): Promise<boolean> {
  const name = processName();
  const spans = takeSpans(AT_ONCE);
  if (spans.length === 0 || !name) return false;
  try {
    await untraced(() =>
      pool.query({
        name: "write_spans",
        text: `insert into spans (trace_id, span_id, parent_id, name, kind, service, instance, started_at, duration_us, failed, attributes)
                 select s."traceId", s."spanId", s."parentId", s.name, s.kind, $2, $3, s."startedAt", s."durationUs", s.failed, s.attributes
                   from json_to_recordset($1::json) as s("traceId" text, "spanId" text, "parentId" text, name text, kind text,
                     "startedAt" timestamptz, "durationUs" bigint, failed boolean, attributes json)`,
        values: [JSON.stringify(spans), name.service, name.instance],
      }),
    );
    tallies.spans.written += spans.length;
  } catch (error) {
    tallies.spans.failed += spans.length;
    throw error;
  }
  return spans.length === AT_ONCE;
}

/** Writing spans must not make any. */
function untraced<Result>(work: () => Result): Result {
  return context.with(core.suppressTracing(context.active()), work);
}
