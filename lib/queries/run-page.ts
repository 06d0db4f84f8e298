import { NotFound } from "@/lib/kernel/errors";
import { type RunRecord, type RunRow, runColumns, toRunRow } from "@/lib/queries/list-runs";
import type { QueryContext } from "@/lib/queries/query-context";
import { type RunPace, runPace } from "@/lib/queries/run-pace";

/** A line of a run's log. */
type RunLine = {
  readonly line: string;
  readonly at: string;
  readonly level: "info" | "warn" | "error";
  readonly message: string;
};

/**
 * A run with its pace, what it was given and came to, and a page of its log, newest first; `older` is the `beforeLine` of
 * the page after it.
 */
export type RunPage = {
  readonly run: RunRow;
  readonly pace: RunPace;
  readonly input: unknown;
  readonly result: unknown;
  readonly stack: string | null;
  /** The trace of whoever asked for it, which the run continues. */
  readonly traceparent: string | null;
  readonly log: readonly RunLine[];
  readonly older: string | null;
  readonly steps: string;
  readonly epoch: string;
  readonly now: string;
};

type PageRecord = RunRecord & {
  readonly input: string;
  readonly result: string | null;
  readonly steps: bigint;
  readonly epoch: bigint;
  readonly traceparent: string | null;
  readonly now: string;
};

type SampleRecord = { atMs: number; phase: string | null; done: bigint; total: bigint | null };

/** What of a run's log is asked for: at most `lines` (1,000 are kept), after and before these. */
export type LogRange = {
  readonly lines?: number | undefined;
  readonly afterLine?: string | undefined;
  readonly beforeLine?: string | undefined;
};

/** Reads a run. Throws `NotFound`. */
export async function runPage(
  { reads }: QueryContext,
  id: string,
  { lines = 200, afterLine = "0", beforeLine }: LogRange = {},
): Promise<RunPage> {
  if (!/^[1-9]\d{0,17}$/.test(id)) throw new NotFound("run", id.slice(0, 100));
  const [records, log, samples] = await Promise.all([
    reads.query<PageRecord>(
      `select ${runColumns}, r.input, r.result, r.steps, r.epoch, r.traceparent, clock_timestamp() as now from runs r where r.id = $1::bigint`,
      [id],
    ),
    reads.query<Omit<RunLine, "line"> & { line: bigint }>(
      `select line, at, level, message from run_log
        where run = $1::bigint and line > $3::bigint and ($4::bigint is null or line < $4::bigint)
        order by line desc limit $2::int`,
      [id, lines + 1, afterLine, beforeLine ?? null],
    ),
    reads.query<SampleRecord>(
      `select extract(epoch from at)::float8 * 1000 as "atMs", phase, done, total
         from run_samples where run = $1::bigint order by at`,
      [id],
    ),
  ]);
  const [record] = records;
  if (!record) throw new NotFound("run", id);
  const { input, result, steps, epoch, traceparent, now, ...row } = record;
  // An import's total is an estimate that sharpens; that is no work that comes in.
  const known = (total: bigint | null) => (row.kind === "import" ? row.total : total);
  const counted = samples.map(({ done, total, ...sample }) => ({
    ...sample,
    done: Number(done),
    total: known(total) === null ? null : Number(known(total)),
  }));
  return {
    run: toRunRow(row),
    pace: runPace(counted, row.phase),
    input: JSON.parse(input),
    result: result === null ? null : JSON.parse(result),
    stack: stackOf(row.error),
    traceparent,
    log: log.slice(0, lines).map((line) => ({ ...line, line: String(line.line) })),
    older: log.length > lines ? String(log[lines - 1]?.line) : null,
    ...{ steps: String(steps), epoch: String(epoch), now },
  };
}

function stackOf(error: string | null): string | null {
  if (error === null) return null;
  const { stack } = JSON.parse(error) as { readonly stack?: string | null };
  return stack ?? null;
}
