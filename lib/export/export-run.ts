import type pg from "pg";
import { type ExportFile, exportFile, writeAt } from "@/lib/export/export-file";
import { type ExportFormat, exportHead, exportLine } from "@/lib/export/export-line";
import { finishExport, undoExport } from "@/lib/export/finish-export";
import { failpoint } from "@/lib/kernel/failpoint";
import { categoryOf } from "@/lib/kernel/stream-name";
import { AUDIT_STREAM } from "@/lib/queries/audit-entries";
import { type EventFilter, type LogRange, withinTimes } from "@/lib/queries/event-filter";
import { toEventWithPayload } from "@/lib/queries/event-row";
import type { QueryContext } from "@/lib/queries/query-context";
import { scanLog } from "@/lib/queries/scan-log";
import { budgetOf } from "@/lib/queries/search-in-steps";
import { defineRun, type RunContext, type RunKind } from "@/lib/runs/run";

/**
 * What an export run is given. Times of the filter are ISO 8601; `upTo` is the mark when it was asked for. Without `audit` the
 * events of Tidemark's own audit are left out: they are of this store, and an import refuses them.
 */
export type ExportInput = {
  readonly filter: EventFilter;
  /** Absent in runs that an older version began: those take all. */
  readonly audit?: boolean;
  readonly format: ExportFormat;
  readonly masked: boolean;
  readonly upTo: string;
};

/** Where an export stands: the last position that was looked at, what is in the file by then, and how many were left out. */
type Exported = {
  readonly after: string;
  readonly events: number;
  readonly bytes: number;
  readonly auditLeftOut: number;
};

const AUDIT = categoryOf(AUDIT_STREAM);

const EVENTS_AT_ONCE = 2_000;
/** How long one step searches where no index answers. */
const STEP_MS = 1_000;

/**
 * Writes the events of a filter into a file of the data folder. What stands at a place of the file follows from the log and
 * the input alone, and is written there and nowhere else: a run that goes on from its checkpoint, or a worker that was
 * given up for lost and is not, writes the same bytes again.
 */
export function exportRun(pool: pg.Pool, source: QueryContext, folder: string): RunKind {
  return defineRun<ExportInput, Exported>({
    kind: "export",
    unit: "positions",
    phases: ["read", "seal"],
    throttled: true,
    run: async (context) => {
      const file = exportFile(folder, context.id, context.input.format);
      const exported = await readLog(context, source, file);
      const { auditLeftOut } = exported;
      if (auditLeftOut > 0)
        await context.log(`${auditLeftOut} events of the audit are left out: they stay in this store`);
      return { ...(await finishExport(context, file, exported)), auditLeftOut };
    },
    undo: (context) => undoExport(pool, folder, context.id),
  });
}

async function readLog(
  context: RunContext<ExportInput, Exported>,
  source: QueryContext,
  file: ExportFile,
): Promise<Exported> {
  const { filter, audit = true, format, masked, upTo } = context.input;
  const range = await withinTimes(source, filter, { low: 0n, high: BigInt(upTo) });
  const nothing: Exported = { after: String(range.low - 1n), events: 0, bytes: 0, auditLeftOut: 0 };
  let exported = { ...nothing, ...context.checkpoint };
  if (!(await file.holds(exported.bytes))) {
    await context.log(`${file.name} is not here as it was left; it is written anew`, "warn");
    exported = nothing;
  }
  const total = Number(range.high - range.low + 1n);
  while (BigInt(exported.after) < range.high) {
    const before = exported;
    const part = await nextPart(source, filter, { low: BigInt(before.after) + 1n, high: range.high });
    const head = before.bytes === 0 ? exportHead(format) : "";
    const kept = audit ? part.events : part.events.filter(({ stream }) => categoryOf(stream) !== AUDIT);
    const text = kept.map((event) => exportLine(event, { format, masked, catalog: source.catalog })).join("");
    const bytes = Buffer.from(head + text);
    await writeAt(file, before.bytes, bytes);
    failpoint("export.after-write");
    exported = {
      after: String(part.reached),
      events: before.events + kept.length,
      bytes: before.bytes + bytes.length,
      auditLeftOut: before.auditLeftOut + part.events.length - kept.length,
    };
    const done = Number(part.reached - range.low + 1n);
    context.progress({ phase: "read", done, total, detail: `${exported.events} events written` });
    await context.step(() => Promise.resolve(exported));
    await context.pace(done - Number(BigInt(before.after) - range.low + 1n));
  }
  // Of a log without events a CSV still has its head.
  if (exported.bytes === 0) {
    const head = Buffer.from(exportHead(format));
    await writeAt(file, 0, head);
    return { ...exported, bytes: head.length };
  }
  return exported;
}

/** The next events of the range, and the position up to which it is settled with them. */
async function nextPart(source: QueryContext, filter: EventFilter, range: LogRange) {
  const { records, stop } = await scanLog(
    source,
    filter,
    { range, forwards: true, limit: EVENTS_AT_ONCE },
    budgetOf(STEP_MS),
  );
  const cut = records.findIndex((record, index) => record.data === null || index === EVENTS_AT_ONCE);
  const events = (cut === -1 ? records : records.slice(0, cut)).map(toEventWithPayload);
  const reached = cut === -1 ? (stop?.position ?? range.high) : BigInt(events.at(-1)?.position ?? 0);
  return { events, reached };
}
