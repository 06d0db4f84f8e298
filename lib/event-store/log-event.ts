import { isoOfMicroseconds, isoTime } from "@/lib/db/type-parsers";
import type { LogColumns } from "@/lib/event-store/log-columns";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";
import { notRead, type SparingReading } from "@/lib/event-store/spared";

/**
 * The events of columns, in their order. Undefined where they cannot be told apart, because a type or stream has a character
 * in it that JSON escapes and they were not read carefully. Throws when a column does not have `count` values. `sparing` says
 * what was left out; events that are asked for it throw, and it is noted there.
 */
export function eventsOf(
  columns: LogColumns,
  count: number,
  careful: boolean,
  sparing?: SparingReading,
): RecordedEvent[] | undefined {
  if (count === 0) return [];
  const types = namesIn(columns.types, count, careful);
  const streams = namesIn(columns.streams, count, careful);
  if (!types || !streams) return undefined;
  const batch = new LogBatch(columns, streams, count, sparing);
  const schemas = numbersIn(columns.schemas, count);
  return types.map((type, index) => new LogEvent(batch, index, named(type), schemas[index] ?? 0));
}

/** Strings of a JSON array. Where they were not escaped, each way in which one could have needed it makes this undefined. */
function namesIn(text: string | null, count: number, careful: boolean): string[] | undefined {
  if (text === null) throw columnBroken();
  if (!careful && text.includes("\\")) return undefined;
  try {
    const values = JSON.parse(text) as string[];
    if (values.length === count) return values;
  } catch (error) {
    if (careful) throw error;
  }
  if (careful) throw columnBroken();
  return undefined;
}

function numbersIn(text: string | null, count: number): number[] {
  const values = JSON.parse(`[${text?.slice(1, -1)}]`) as number[];
  if (values.length !== count) throw columnBroken();
  return values;
}

function columnBroken(): Error {
  return new Error("Events arrived with a column that has not one value for each of them.");
}

/** What events of one reading share. What is seldom asked for is looked at when it is. */
class LogBatch {
  readonly streams: readonly string[];
  readonly versions: readonly number[];
  readonly #columns: LogColumns;
  readonly #positions: readonly number[];
  readonly #slices: readonly number[];
  readonly #sparing: SparingReading | undefined;
  readonly #data: string;
  /** Where each payload begins. */
  readonly #starts: Int32Array;
  readonly #lists = new Map<keyof LogColumns, readonly (string | null)[]>();

  constructor(columns: LogColumns, streams: readonly string[], count: number, sparing: SparingReading | undefined) {
    this.#columns = columns;
    this.#sparing = sparing;
    this.streams = streams;
    this.versions = numbersIn(columns.versions, count);
    this.#positions = numbersIn(columns.positions, count);
    this.#slices = sparing?.spared.ids ? [] : numbersIn(columns.slices, count);
    this.#data = columns.data ?? "";
    this.#starts = startsIn(this.#data, count);
  }

  position(index: number): bigint {
    const position = this.#positions[index] ?? 0;
    if (position <= Number.MAX_SAFE_INTEGER) return BigInt(position);
    return BigInt(this.#columns.positions?.slice(1, -1).split(",")[index] ?? 0);
  }

  data(index: number, type: string): string {
    const sparing = this.#sparing;
    if (sparing) {
      sparing.asked.payloads.add(type);
      if (sparing.spared.payloads.includes(type)) throw this.#missed(`The payload of ${type}`, sparing);
    }
    return this.#payload(index);
  }

  dataIfRead(index: number, type: string): string {
    return this.#sparing?.spared.payloads.includes(type) ? "" : this.#payload(index);
  }

  #payload(index: number): string {
    return this.#data.slice(this.#starts[index], (this.#starts[index + 1] ?? 0) - 1);
  }

  recordedAt(index: number): string {
    const at = HEADER + index * TIME + SIZE;
    const text = this.#columns.recorded?.slice(at, at + 16) ?? "";
    if (text !== lastTime.text) lastTime = { text: standingAlone(text), iso: isoOfMicroseconds(text) };
    return lastTime.iso;
  }

  occurredAt(index: number): string {
    const text = this.#columns.occurred === null ? null : this.#list("occurred")[index];
    return text == null ? this.recordedAt(index) : isoTime(text);
  }

  slice(index: number): number {
    this.#askId();
    return this.#slices[index] ?? 0;
  }

  id(index: number): string {
    this.#askId();
    const at = HEADER + index * UUID + SIZE;
    const hex = this.#columns.ids?.slice(at, at + 32) ?? "";
    const [time, middle, high, clock] = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)];
    return standingAlone(`${time}-${middle}-${high}-${clock}-${hex.slice(20)}`);
  }

  tenant(index: number): string | null {
    return this.#columns.tenants === null ? null : (this.#list("tenants")[index] ?? null);
  }

  has(column: keyof LogColumns): boolean {
    return this.#columns[column] !== undefined;
  }

  context(name: string, column: keyof LogColumns, index: number): string | null {
    if (this.has(column)) return this.#list(column)[index] ?? null;
    throw new Error(`${name} was not read. Declare the projection with \`context: true\`.`);
  }

  #askId(): void {
    const sparing = this.#sparing;
    if (!sparing) return;
    sparing.asked.ids = true;
    if (sparing.spared.ids) throw this.#missed("An event's id", sparing);
  }

  #missed(what: string, { asked }: SparingReading): Error {
    asked.missed = true;
    return notRead(what);
  }

  #list(column: keyof LogColumns): readonly (string | null)[] {
    const known = this.#lists.get(column);
    if (known) return known;
    const list = JSON.parse(this.#columns[column] ?? "[]") as readonly (string | null)[];
    this.#lists.set(column, list);
    return list;
  }
}

// Hexadecimal digits of a binary array: `\x` and its header, the size of a value, a value with its size.
const HEADER = 2 + 40;
const SIZE = 8;
const TIME = SIZE + 16;
const UUID = SIZE + 32;

function startsIn(data: string, count: number): Int32Array {
  const starts = new Int32Array(count + 1);
  let next = 0;
  for (let index = 0; index < count; index++) {
    starts[index] = next;
    const end = data.indexOf("\x1e", next);
    if (end < 0 !== (index === count - 1)) throw columnBroken();
    next = end + 1;
  }
  starts[count] = data.length + 1;
  return starts;
}

class LogEvent implements RecordedEvent {
  readonly #batch: LogBatch;
  readonly #index: number;

  constructor(
    batch: LogBatch,
    index: number,
    readonly type: string,
    readonly schemaVersion: number,
  ) {
    this.#batch = batch;
    this.#index = index;
  }
  get position() {
    return this.#batch.position(this.#index);
  }
  get slice() {
    return this.#batch.slice(this.#index);
  }
  get stream() {
    return this.#batch.streams[this.#index] ?? "";
  }
  get version() {
    return this.#batch.versions[this.#index] ?? 0;
  }
  get recordedAt() {
    return this.#batch.recordedAt(this.#index);
  }
  get data() {
    return this.#batch.data(this.#index, this.type);
  }
  get dataIfRead() {
    return this.#batch.dataIfRead(this.#index, this.type);
  }
  get occurredAt() {
    return this.#batch.occurredAt(this.#index);
  }
  get id() {
    return this.#batch.id(this.#index);
  }
  get tenant() {
    return this.#batch.tenant(this.#index);
  }
  get correlationId() {
    return this.#batch.context("correlationId", "correlations", this.#index) ?? "";
  }
  get causationId() {
    return this.#batch.context("causationId", "causations", this.#index);
  }
  get actor() {
    return this.#batch.context("actor", "actors", this.#index);
  }
  /** Null, too, where it was not read: it only tells where more can be seen. */
  get traceparent() {
    return this.#batch.has("traces") ? this.#batch.context("traceparent", "traces", this.#index) : null;
  }
  get metadata() {
    return null;
  }
  get command() {
    return null;
  }
}

// Events of one append were recorded at one time.
let lastTime = { text: "", iso: "" };

/**
 * A copy of a part of a text. The part itself would keep the whole text in memory, all the megabytes of its batch, as long as
 * anybody remembers it: as the key of a row, or in one. (V8 joins lazily, and must copy what is then cut.)
 */
function standingAlone(part: string): string {
  return `${part}\0`.slice(0, -1);
}

/** The same few names come again and again; one string each keeps comparing them cheap. */
const names = new Map<string, string>();
const NAMES_MAX = 10_000;

function named(name: string): string {
  const known = names.get(name);
  if (known !== undefined) return known;
  if (names.size < NAMES_MAX) names.set(name, name);
  return name;
}
