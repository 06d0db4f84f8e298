import { isoTime } from "@/lib/db/type-parsers";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";

// What separates two events, and two fields of one, in the text of a batch. No JSON text contains either.
const EVENT_SEPARATOR = "\x1e";
const FIELD_SEPARATOR = "\x1f";

const CONTEXT = ["correlation_id", "causation_id", "actor", "traceparent"];
const TEXTS = ["type", "stream", "tenant", ...CONTEXT];
/** SQL of the column `texts` that `eventTextSql` looks at; computed once, because three searches of it follow. */
export const textsSql = `concat(${TEXTS.join(", ")}) as texts`;

/** Three searches of one short string are far cheaper than three replacements in each of seven. */
const CLEAN = ["10", "1e", "1f"].map((code) => `strpos(texts, e'\\x${code}') = 0`).join(" and ");

/**
 * SQL of the text of one event with its `texts`; `eventsOf` reads it. Metadata, command and leaf stay on the server. What every
 * fold asks for comes first, so that the rest is seldom looked for.
 */
export const eventTextSql = `case when ${CLEAN} then ${joined(orNull, CONTEXT)} else ${joined(escaped, CONTEXT)} end`;

/**
 * The same without the context of the events (correlation, causation, actor, trace), for whoever reads many and asks for none
 * of it: three fifths of the server's work. Its `texts` are short, because a type that was asked for by name is clean.
 */
export const leanTextSql = `case when ${CLEAN} then ${joined(orNull, [])} else ${joined(escaped, CONTEXT)} end`;
/** SQL of the column `texts` for `leanTextSql`. */
export const leanTextsSql = "case when tenant is null then stream else concat(stream, tenant) end as texts";

/** Fields in order; JSON and numbers go as they are. What occurred when it was recorded does not say so twice. */
function joined(text: (column: string) => string, context: readonly string[]): string {
  const names = ["tenant", ...context].map(text).join(", ");
  return `concat_ws(e'\\x1f', slice, ${text("type")}, position, schema_version, ${text("stream")}, version, recorded_at, data,
    case when occurred_at = recorded_at then '' else occurred_at::text end, event_id, ${names})`;
}

function orNull(column: string): string {
  return column === "type" || column === "stream" ? column : `coalesce(${column}, e'\\x10n')`;
}

/**
 * The events whose texts the server joined with `e'\\x1e'`, in their order. Each is a part of that text: fields are cut out
 * when they are asked for and not kept, so that ten thousand events that wait for their turn are one long string to the
 * garbage collector.
 */
export function eventsOf(text: string): RecordedEvent[] {
  return text.split(EVENT_SEPARATOR).map((part) => new LogEvent(part));
}

class LogEvent implements RecordedEvent {
  readonly #text: string;
  readonly slice: number;
  readonly type: string;
  /** Where the third field begins. */
  readonly #third: number;

  constructor(text: string) {
    this.#text = text;
    // What every partition asks of every event of a shared window.
    const first = text.indexOf(FIELD_SEPARATOR);
    const second = text.indexOf(FIELD_SEPARATOR, first + 1);
    this.slice = Number(text.slice(0, first));
    this.type = named(text.slice(first + 1, second));
    this.#third = second + 1;
  }
  get position() {
    return BigInt(this.#field(2));
  }
  get schemaVersion() {
    return Number(this.#field(3));
  }
  get stream() {
    return unescaped(this.#field(4)) ?? "";
  }
  get version() {
    return Number(this.#field(5));
  }
  get recordedAt() {
    const text = this.#field(6);
    if (text !== lastTime.text) lastTime = { text, iso: standingAlone(isoTime(text)) };
    return lastTime.iso;
  }
  get data() {
    return this.#field(7);
  }
  get occurredAt() {
    return isoTime(this.#field(8) || this.#field(6));
  }
  get id() {
    return standingAlone(this.#field(9));
  }
  get tenant() {
    return unescaped(this.#field(10));
  }
  get correlationId() {
    return unescaped(this.#context("correlationId", 11)) ?? "";
  }
  get causationId() {
    return unescaped(this.#context("causationId", 12));
  }
  get actor() {
    return unescaped(this.#context("actor", 13));
  }
  /** Null, too, where it was not read: it only tells where more can be seen. */
  get traceparent() {
    return this.#has(14) ? unescaped(this.#field(14)) : null;
  }
  get metadata() {
    return null;
  }
  get command() {
    return null;
  }

  #context(name: string, index: number): string {
    if (this.#has(index)) return this.#field(index);
    throw new Error(`${name} was not read. Declare the projection with \`context: true\`.`);
  }

  #has(index: number): boolean {
    this.#cut(index - 1);
    return (starts[index] ?? 0) <= this.#text.length;
  }

  #field(index: number): string {
    this.#cut(index);
    return this.#text.slice(starts[index], (starts[index + 1] ?? 0) - 1);
  }

  /** Finds the fields up to this one. */
  #cut(index: number): void {
    if (lastCut !== this) {
      lastCut = this;
      fieldsCut = 2;
      starts[2] = this.#third;
    }
    for (; fieldsCut <= index; fieldsCut++) {
      const end = this.#text.indexOf(FIELD_SEPARATOR, starts[fieldsCut]);
      starts[fieldsCut + 1] = (end < 0 ? this.#text.length : end) + 1;
    }
  }
}

// Fields of one event are asked for one after the other; only where the last event's begin is kept, as far as was asked.
let lastCut: LogEvent | undefined;
let fieldsCut = 2;
const starts: number[] = [];
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

function named(text: string): string {
  const known = names.get(text);
  if (known !== undefined) return known;
  const name = unescaped(text) ?? "";
  if (names.size < NAMES_MAX) names.set(standingAlone(text), name);
  return name;
}

function escaped(column: string): string {
  return `coalesce(replace(replace(replace(${column}, e'\\x10', e'\\x10m'), e'\\x1e', e'\\x10r'), e'\\x1f', e'\\x10u'), e'\\x10n')`;
}

function unescaped(text: string): string | null {
  if (!text.includes("\x10")) return standingAlone(text);
  if (text === "\x10n") return null;
  return text.replaceAll("\x10u", "\x1f").replaceAll("\x10r", "\x1e").replaceAll("\x10m", "\x10");
}
