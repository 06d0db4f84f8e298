import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { CliError } from "@/bin/cli/cli-error";
import { type ColumnMap, checkColumns } from "@/bin/cli/column-map";
import { exitCode } from "@/bin/cli/exit-code";

/** A row of a CSV file as a line of CloudEvents; `number` is the line of the file that it begins on. */
export type CsvLine = { readonly text: string; readonly number: number };

/**
 * Reads CSV with a head line as CloudEvents. Without a column for the id, a row's id is made of its place and its content,
 * so that the same file, also when it has grown since, never doubles a row. Empty cells are left out. Values stay texts.
 */
export async function* readCsv(stream: Readable, map: ColumnMap): AsyncGenerator<readonly CsvLine[]> {
  const parser = parse({
    bom: true,
    columns: true,
    info: true,
    skip_empty_lines: true,
    max_record_size: 3 * 1024 * 1024,
  });
  stream.on("error", (error) => parser.destroy(error));
  let batch: CsvLine[] = [];
  let row = 0;
  try {
    for await (const found of stream.pipe(parser)) {
      const { record, info } = found as { record: Record<string, string>; info: { lines: number } };
      row += 1;
      if (row === 1) checkColumns(map, Object.keys(record));
      const height = Object.values(record).reduce((sum, cell) => sum + cell.split("\n").length - 1, 0);
      batch.push({ text: cloudEvent(record, row, map), number: info.lines - height });
      if (batch.length < 1_000) continue;
      yield batch;
      batch = [];
    }
  } catch (error) {
    if (!(error instanceof CsvError) && !isCut(error)) throw error;
    if (batch.length > 0) yield batch;
    const why = (error as Error).message;
    throw new CliError(exitCode.data, `The CSV cannot be read further: ${why}.`, "Correct it and run the same again.", {
      code: "bad-csv",
    });
  }
  if (batch.length > 0) yield batch;
}

function isCut(error: unknown): boolean {
  return error instanceof Error && /^(Z_|ERR_)/.test((error as NodeJS.ErrnoException).code ?? "");
}

function cloudEvent(record: Readonly<Record<string, string>>, row: number, map: ColumnMap): string {
  const cell = (column: string | undefined) => (column === undefined ? undefined : record[column] || undefined);
  const content = createHash("sha256").update(JSON.stringify(record)).digest("hex").slice(0, 32);
  const event: Record<string, unknown> = {
    specversion: "1.0",
    id: map.attributes.has("id") ? (cell(map.attributes.get("id")) ?? "") : `${row}-${content}`,
    source: map.source,
  };
  for (const [attribute, column] of map.attributes) {
    if (attribute === "id") continue;
    const value = cell(column);
    if (value !== undefined) event[attribute === "stream" ? "subject" : attribute] = withZone(attribute, value);
  }
  const subject = event.subject;
  if (typeof subject === "string" && map.category !== undefined) event.subject = `${map.category}-${subject}`;
  event.data = dataOf(record, map);
  return JSON.stringify(event);
}

/** Logs often write `2024-01-31 14:05:00`; a time without a zone is taken as UTC, and a date alone as its first instant. */
function withZone(attribute: string, value: string): string {
  if (attribute !== "time") return value;
  const time = value.trim().replace(/^(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2})(:\d{2})?/, (_, day, minute, second) => {
    return `${day}T${minute}${second ?? ":00"}`;
  });
  if (/^\d{4}-\d{2}-\d{2}$/.test(time)) return `${time}T00:00:00Z`;
  return /(Z|[+-]\d{2}:\d{2})$/i.test(time)
    ? time
    : `${time.replace(/([+-]\d{2})(\d{2})?$/, "$1:$2")}`.replace(NO_ZONE, "$&Z");
}

const NO_ZONE = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?$/;

/** The mapped cells, else all that have no other place. */
function dataOf(record: Readonly<Record<string, string>>, map: ColumnMap): Record<string, unknown> {
  const data = Object.create(null) as Record<string, unknown>;
  if (map.data.size === 0) {
    const taken = new Set(map.attributes.values());
    for (const [column, value] of Object.entries(record)) if (!taken.has(column) && value !== "") data[column] = value;
    return data;
  }
  for (const [path, column] of map.data) {
    const value = record[column];
    if (value !== undefined && value !== "") place(data, path.split("."), value);
  }
  return data;
}

function place(into: Record<string, unknown>, [step = "", ...steps]: readonly string[], value: string): void {
  if (steps.length === 0) {
    into[step] = value;
    return;
  }
  const inner = (into[step] ?? Object.create(null)) as Record<string, unknown>;
  into[step] = inner;
  place(inner, steps, value);
}
