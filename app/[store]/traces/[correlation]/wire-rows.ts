import type { TracePage, TraceRow } from "@/lib/queries/trace-page";
import { isConsumerRow } from "@/lib/queries/trace-row";

export { hasWork } from "@/lib/queries/trace-row";

/**
 * A row as the browser has it, with every fact of it, so that choosing one needs no server; when an event was recorded is
 * where it begins. Rows are depth first: the
 * depths are the tree. Times are microseconds since the trace began.
 */
export type WireRow = Omit<TraceRow, "parent" | "link">;

type Detail = TraceRow["detail"];

/**
 * Ten thousand rows as one short text: columns instead of objects, names and facts that come again by their number, and
 * nothing that follows from the row above.
 */
type Packed = {
  readonly words: readonly string[];
  readonly details: readonly Detail[];
  /** Of each row `FIELDS` numbers; `NONE` for what there is not. */
  readonly numbers: readonly number[];
  /** Ids and positions of rows that do not share their event's, in order. */
  readonly ids: readonly string[];
  readonly positions: readonly string[];
};

const FIELDS = 12;
const NONE = -1;

/** Packs the rows of a trace for `unpackRows`. */
export function packRows({ rows }: Pick<TracePage, "rows">): string {
  const [words, details] = [numbered<string>(String), numbered<Detail>(JSON.stringify)];
  const [numbers, ids, positions]: [number[], string[], string[]] = [[], [], []];
  for (const row of rows) {
    const { depth, kind, name, status, stream, version, startUs, waitUs, workUs, endUs, dueUs, traceparent } = row;
    const consumer = isConsumerRow(row);
    numbers.push(depth, words.numberOf(kind), words.numberOf(name), words.numberOf(status), startUs, waitUs, workUs);
    numbers.push(endUs ?? NONE, dueUs ?? NONE, traceparent === null ? NONE : words.numberOf(traceparent));
    numbers.push(details.numberOf(factsOf(row)), consumer || stream === null ? NONE : words.numberOf(stream));
    if (consumer) continue;
    ids.push(row.id.slice(row.id.indexOf(":") + 1));
    if (row.position !== null) positions.push(row.position, String(version));
  }
  return JSON.stringify({ words: words.all, details: details.all, numbers, ids, positions } satisfies Packed);
}

/** One row as the browser has it. */
export function wireRow({ parent: _, link: __, ...row }: TraceRow): WireRow {
  return { ...row, detail: factsOf(row) };
}

/** When an event was recorded is when it began: said once is enough. */
function factsOf({ kind, detail }: Pick<TraceRow, "kind" | "detail">): Detail {
  if (kind !== "event") return detail;
  const { recordedAt: _, ...facts } = detail;
  return facts;
}

function numbered<Item>(keyOf: (item: Item) => string) {
  const numbers = new Map<string, number>();
  const all: Item[] = [];
  const numberOf = (item: Item): number => {
    const key = keyOf(item);
    const known = numbers.get(key);
    if (known !== undefined) return known;
    numbers.set(key, all.length);
    return all.push(item) - 1;
  };
  return { all, numberOf };
}

/** The rows that were packed. */
export function unpackRows(text: string): readonly WireRow[] {
  const { words, details, numbers, ids, positions } = JSON.parse(text) as Packed;
  const rows: WireRow[] = [];
  const above: WireRow[] = [];
  const keys: string[] = [];
  let [idAt, positionAt] = [0, 0];
  for (let at = 0; at < numbers.length; at += FIELDS) {
    const field = (place: number) => numbers[at + place] ?? NONE;
    const word = (place: number) => (field(place) === NONE ? null : (words[field(place)] ?? ""));
    const known = (place: number) => (field(place) === NONE ? null : field(place));
    const [depth, kind, name] = [field(0), (word(1) ?? "event") as WireRow["kind"], word(2) ?? ""];
    const status = (word(3) ?? "done") as WireRow["status"];
    const detail = details[field(10)] ?? {};
    const consumer = isConsumerRow({ kind });
    const event = consumer ? above[depth - 1] : undefined;
    const key = event ? `${name}:${keys[depth - 1]}` : (ids[idAt++] ?? "");
    const [position, version] = kind === "event" ? [positions[positionAt++], positions[positionAt++]] : [];
    // Written out: ten thousand rows that are put together from parts would take several times as long.
    const plain: WireRow = {
      id: `${PREFIXES[kind]}:${key}`,
      depth,
      kind,
      name,
      status,
      detail,
      startUs: field(4),
      waitUs: field(5),
      workUs: field(6),
      endUs: known(7),
      traceparent: word(9),
      stream: event ? event.stream : word(11),
      version: event ? event.version : version === undefined ? null : Number(version),
      position: event ? event.position : (position ?? null),
    };
    const row = known(8) === null ? plain : { ...plain, dueUs: field(8) };
    rows.push(row);
    above[depth] = row;
    keys[depth] = key;
  }
  return rows;
}

const PREFIXES: Readonly<Record<WireRow["kind"], string>> = {
  ...{ command: "command", event: "event", projection: "projection", process: "projection", wait: "timer" },
};
