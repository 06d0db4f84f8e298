import type { Catalog } from "@/lib/catalog/catalog";
import { maskPayload } from "@/lib/fixtures/mask-payload";
import type { EventWithPayload } from "@/lib/queries/event-row";

/** The forms of a file: one CloudEvent a line, as `tidemark import` takes it, or a table. */
export const exportFormats = ["jsonl", "csv"] as const;

/** One of them. */
export type ExportFormat = (typeof exportFormats)[number];

/** What stands for a personal field in a masked export. */
const MASK = "▒▒▒ personal data, masked";

const COLUMNS = [
  ...["position", "id", "type", "schemaVersion", "stream", "version", "recordedAt", "occurredAt"],
  ...["correlationId", "causationId", "actor", "tenant", "traceparent"],
] as const;

/** What stands before the first event. */
export function exportHead(format: ExportFormat): string {
  return format === "csv" ? `${[...COLUMNS, "data", "metadata"].join(",")}\r\n` : "";
}

/** An event with its line break. Its payload keeps its bytes, but for personal fields where these are masked. */
export function exportLine(
  event: EventWithPayload,
  {
    format,
    masked,
    catalog,
  }: { readonly format: ExportFormat; readonly masked: boolean; readonly catalog: Pick<Catalog, "personalPaths"> },
): string {
  const data = masked ? maskedData(event, catalog) : event.data;
  return format === "csv" ? csvLine(event, data) : cloudEvent(event, data);
}

function maskedData({ type, data }: EventWithPayload, catalog: Pick<Catalog, "personalPaths">): string {
  const paths = catalog.personalPaths(type);
  if (paths.length === 0) return data;
  return JSON.stringify(maskPayload(JSON.parse(data), paths, () => MASK, new Set()));
}

/** CloudEvents 1.0. The metadata is a text, since attributes are plain values. Position, version and time of recording are for readers, and for whoever verifies the file. */
function cloudEvent(event: EventWithPayload, data: string): string {
  const attributes: readonly (readonly [string, string | number | null])[] = [
    ["specversion", "1.0"],
    ["id", event.id],
    ["source", "tidemark"],
    ["type", event.type],
    ["subject", event.stream],
    ["time", event.occurredAt],
    ["schemaversion", event.schemaVersion],
    ["correlationid", event.correlationId],
    ["causationid", event.causationId],
    ["actor", event.actor],
    ["tenant", event.tenant],
    ["traceparent", event.traceparent],
    ["tidemarkmetadata", event.metadata ?? "null"],
    ["tidemarkdata", /[\r\n]/.test(data) ? data : null],
    ["tidemarkposition", event.position],
    ["tidemarkversion", event.version],
    ["tidemarkrecorded", event.recordedAt],
  ];
  const members = attributes
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `"${name}":${JSON.stringify(value)}`);
  // Line breaks stand only between the tokens of a payload. One event is one line, so they are kept in a text beside it.
  return `{${members.join(",")},"data":${data.replace(/[\r\n]+/g, " ")}}\n`;
}

function csvLine(event: EventWithPayload, data: string): string {
  const cells = [...COLUMNS.map((column) => event[column]), data, event.metadata];
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function csvCell(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
