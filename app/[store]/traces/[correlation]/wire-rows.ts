import type { TracePage, TraceRow } from "@/lib/queries/trace-page";
import { hasWork, isConsumerRow } from "@/lib/queries/waterfall";

/**
 * A row as the browser has it, with every fact of it, so that choosing one needs no server; when an event was recorded is
 * where it begins. Rows are depth first: the
 * depths are the tree. Times are microseconds since the trace began.
 */
export type WireRow = Omit<TraceRow, "parent" | "link"> & {
  /** It failed: it is set aside, or its consumer's last attempt ended in an error. */
  readonly failed?: true;
  /** Somebody worked here whose spans could be told of. */
  readonly work?: true;
};

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
    numbers.push(
      ...[depth, words.numberOf(kind), words.numberOf(name), words.numberOf(status), startUs, waitUs, workUs],
      ...[endUs ?? NONE, dueUs ?? NONE, traceparent === null ? NONE : words.numberOf(traceparent)],
      ...[details.numberOf(factsOf(row)), isConsumerRow(row) || stream === null ? NONE : words.numberOf(stream)],
    );
    if (isConsumerRow(row)) continue;
    ids.push(row.id.slice(row.id.indexOf(":") + 1));
    if (row.position !== null) positions.push(row.position, String(version));
  }
  return JSON.stringify({ words: words.all, details: details.all, numbers, ids, positions } satisfies Packed);
}

/** When an event was recorded is when it began: said once is enough. */
function factsOf({ kind, detail }: TraceRow): Detail {
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
    const row: WireRow = {
      id: `${PREFIXES[kind]}:${key}`,
      ...{ depth, kind, name, status, detail, startUs: field(4), waitUs: field(5), workUs: field(6), endUs: known(7) },
      ...(known(8) === null ? {} : { dueUs: field(8) }),
      traceparent: word(9),
      stream: event ? event.stream : word(11),
      version: event ? event.version : version === undefined ? null : Number(version),
      position: event ? event.position : (position ?? null),
      ...(status === "parked" || detail.error ? { failed: true as const } : {}),
      ...(hasWork({ kind, status, depth }) ? { work: true as const } : {}),
    };
    rows.push(row);
    above[depth] = row;
    keys[depth] = key;
  }
  return rows;
}

const PREFIXES: Readonly<Record<WireRow["kind"], string>> = {
  ...{ command: "command", event: "event", projection: "projection", process: "projection", wait: "timer" },
};
