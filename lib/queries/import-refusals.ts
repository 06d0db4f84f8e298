import { NotFound } from "@/lib/kernel/errors";
import { checkLimit } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";

/** A line that an import could not store: its number in the file, a stable word, and what would be right. */
export type RefusedLine = { readonly line: string; readonly reason: string; readonly message: string };

/** What has become of an import's lines so far, as numbers of lines; `duplicates` were stored before. */
export type ImportTotals = {
  readonly lines: number;
  readonly appended: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly firstPosition: string | null;
  readonly lastPosition: string | null;
};

type TotalsRecord = {
  readonly lines: bigint;
  readonly blank: bigint;
  readonly refused: bigint;
  readonly appended: bigint;
  readonly first_position: bigint | null;
  readonly last_position: bigint | null;
};

/** Reads what has become of an import's lines. Throws `NotFound` for runs that are none. */
export async function importTotals({ reads }: QueryContext, run: string): Promise<ImportTotals> {
  const [row] = await reads.query<TotalsRecord>(
    "select lines, blank, refused, appended, first_position, last_position from imports where run = $1::bigint",
    [checkRun(run)],
  );
  if (!row) throw new NotFound("import", run);
  return {
    ...{ lines: Number(row.lines), appended: Number(row.appended), refused: Number(row.refused) },
    duplicates: Math.max(0, Number(row.lines - row.blank - row.refused - row.appended)),
    firstPosition: row.first_position?.toString() ?? null,
    lastPosition: row.last_position?.toString() ?? null,
  };
}

/** A page of an import's refused lines, in the order of the file; of each import the first 10,000 are kept. */
export async function importRefusals(
  { reads }: QueryContext,
  run: string,
  { after = "0", limit }: { readonly after?: string | undefined; readonly limit?: number | undefined },
): Promise<{ readonly refused: readonly RefusedLine[]; readonly next: string | null }> {
  const most = checkLimit(limit);
  const rows = await reads.query<{ line: bigint; reason: string; message: string }>(
    "select line, reason, message from import_refusals where run = $1::bigint and line > $2::bigint order by line limit $3::int",
    [checkRun(run), after, most + 1],
  );
  const refused = rows.slice(0, most).map((row) => ({ ...row, line: String(row.line) }));
  return { refused, next: rows.length > most ? (refused.at(-1)?.line ?? null) : null };
}

function checkRun(id: string): string {
  if (/^[1-9]\d{0,17}$/.test(id)) return id;
  throw new NotFound("import", id.slice(0, 100));
}
