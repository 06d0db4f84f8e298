import { limits } from "@/lib/kernel/limits";
import { type EventFilter, type LogRange, type LogScan, logScan } from "@/lib/queries/event-filter";
import { type EventRecordWithPayload, eventColumns } from "@/lib/queries/event-row";
import type { QueryContext } from "@/lib/queries/query-context";
import { type ScanBudget, searchInSteps } from "@/lib/queries/search-in-steps";

/** What a search found; `stop` is where the budget ended it, null when the page is full or the range is done. */
export type Scanned = {
  /** At most one more than the page. Payloads are null where the answer would grow too large. */
  readonly records: readonly EventRecordWithPayload[];
  readonly stop: { readonly position: bigint; readonly scanned: number } | null;
};

/**
 * Reads one page of the range, step by step where rows have to be looked at. Every step begins exactly behind the last row
 * of the one before, so that nothing is skipped and nothing comes twice.
 */
export async function scanLog(
  context: QueryContext,
  filter: EventFilter,
  { range, forwards, limit }: { readonly range: LogRange; readonly forwards: boolean; readonly limit: number },
  budget: ScanBudget,
): Promise<Scanned> {
  let left = range;
  let bytes: number = limits.requestBytes;
  let first = true;
  const { found, stop } = await searchInSteps<EventRecordWithPayload, bigint>(
    budget,
    limit + 1,
    async (step, wanted) => {
      const scan = await logScan(context, filter, left, forwards);
      const rows = scan.residual === null ? wanted : step;
      const records = await readRows(context, scan, { rows, wanted, bytes, first });
      const full = scan.residual === null || records.some(({ data }) => data === null);
      bytes -= records.reduce((sum, record) => sum + record.bytes, 0);
      first &&= records.length === 0;
      if (full || records.length === wanted) return { found: records, full, end: null };
      const end = await endOf(context, scan, rows);
      if (end !== null) left = forwards ? { ...left, low: end + 1n } : { ...left, high: end - 1n };
      return { found: records, full, end };
    },
  );
  return { records: found, stop: stop && { position: stop.end, scanned: stop.scanned } };
}

/** The rows of one walk that fit the filter; payloads only within `bytes`, but for the `first` of all. */
async function readRows(
  { reads }: QueryContext,
  scan: LogScan,
  { rows, wanted, bytes, first }: { rows: number; wanted: number; bytes: number; first: boolean },
): Promise<EventRecordWithPayload[]> {
  const bind = (nth: number) => `$${scan.values.length + nth}`;
  return reads.query<EventRecordWithPayload>(
    `select ${eventColumns}, case when e.running <= ${bind(1)}::bigint or (e.place = 1 and ${bind(2)}::boolean) then e.data end as data, e.metadata
       from (select e.*, row_number() over walk as place,
                    sum(octet_length(e.data::text) + coalesce(octet_length(e.metadata::text), 0)) over walk as running
               from (${scan.walk("e.*", rows)}) e
              where ${scan.residual ?? "true"}
             window walk as (order by ${scan.order} rows unbounded preceding)
              order by ${scan.order} limit ${bind(3)}::int) e
      order by e.place`,
    [...scan.values, bytes, first, wanted],
  );
}

/** The last position of a walk of `rows` rows; null when there are fewer: the range is done. */
async function endOf({ reads }: QueryContext, scan: LogScan, rows: number): Promise<bigint | null> {
  const [end] = await reads.query<{ position: bigint }>(
    `${scan.walk("e.position", 1)} offset ${rows - 1}`,
    scan.walkValues,
  );
  return end?.position ?? null;
}
