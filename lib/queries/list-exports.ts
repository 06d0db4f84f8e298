import { NotFound } from "@/lib/kernel/errors";
import type { QueryContext } from "@/lib/queries/query-context";

/** An export that was asked for. `bytes`, `events` and `sha256` are null until its file is whole. Times are ISO 8601 UTC. */
export type ExportRow = {
  readonly run: string;
  readonly format: "jsonl" | "csv";
  readonly file: string;
  readonly masked: boolean;
  /** Whether it is of what is held about one person; whose, is told to privacy officers by the audit. */
  readonly ofPerson: boolean;
  readonly upTo: string;
  readonly requestedBy: string;
  readonly state: string;
  readonly events: number | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly finishedAt: string | null;
  readonly expiresAt: string | null;
  /** When its file was removed: it had been kept long enough, or the run was cancelled. */
  readonly removedAt: string | null;
};

/** How many are listed. */
const NEWEST = 100;

/** The newest exports. */
export async function listExports({
  reads,
}: Pick<QueryContext, "reads">): Promise<{ readonly exports: readonly ExportRow[] }> {
  const rows = await reads.query<ExportRecord>(`${SELECT} order by x.run desc limit ${NEWEST}`);
  return { exports: rows.map(toExportRow) };
}

/** The export of a run. Throws `NotFound`. */
export async function readExport({ reads }: Pick<QueryContext, "reads">, run: string): Promise<ExportRow> {
  const [row] = /^[1-9]\d{0,17}$/.test(run)
    ? await reads.query<ExportRecord>(`${SELECT} where x.run = $1::bigint`, [run])
    : [];
  if (!row) throw new NotFound("export", run.slice(0, 100));
  return toExportRow(row);
}

const SELECT = `select x.run, x.format, x.file, x.masked, x.subject is not null as "ofPerson", x.up_to as "upTo", r.requested_by as "requestedBy", r.state, x.events, x.bytes,
       x.sha256, x.finished_at as "finishedAt", x.expires_at as "expiresAt", x.removed_at as "removedAt"
  from exports x join runs r on r.id = x.run`;

type ExportRecord = Omit<ExportRow, "run" | "upTo" | "events" | "bytes"> & {
  readonly run: bigint;
  readonly upTo: bigint;
  readonly events: bigint | null;
  readonly bytes: bigint | null;
};

function toExportRow(record: ExportRecord): ExportRow {
  return {
    ...record,
    run: String(record.run),
    upTo: String(record.upTo),
    events: record.events === null ? null : Number(record.events),
    bytes: record.bytes === null ? null : Number(record.bytes),
  };
}
