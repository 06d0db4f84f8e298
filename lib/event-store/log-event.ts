import { isoTime } from "@/lib/db/type-parsers";
import type { RecordedEvent } from "@/lib/event-store/recorded-event";

// What separates two events, and two fields of one, in the text of a batch. No JSON text contains either.
const EVENT_SEPARATOR = "\x1e";
const FIELD_SEPARATOR = "\x1f";

const TEXTS = ["type", "stream", "correlation_id", "causation_id", "actor", "tenant", "traceparent"];
/** SQL of the column `texts` that `eventTextSql` looks at; computed once, because three searches of it follow. */
export const textsSql = `concat(${TEXTS.join(", ")}) as texts`;

/** Three searches of one short string are far cheaper than three replacements in each of seven. */
const CLEAN = ["10", "1e", "1f"].map((code) => `strpos(texts, e'\\x${code}') = 0`).join(" and ");

/**
 * SQL of the text of one event with its `texts`; `eventsOf` reads it. Metadata, command and leaf stay on the server. What every
 * fold asks for comes first, so that the rest is seldom looked for.
 */
export const eventTextSql = `case when ${CLEAN} then ${joined((column) => `coalesce(${column}, e'\\x10n')`)}
  else ${joined(escaped)} end`;

/** Fields in order; JSON and numbers go as they are. What occurred when it was recorded does not say so twice. */
function joined(text: (column: string) => string): string {
  const [type, stream, ...context] = TEXTS.map(text);
  return `concat_ws(e'\\x1f', slice, ${type}, position, schema_version, ${stream}, version, recorded_at, data,
    case when occurred_at = recorded_at then '' else occurred_at::text end, event_id, ${context.join(", ")})`;
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

  constructor(text: string) {
    this.#text = text;
    // What every partition asks of every event of a shared window.
    const first = text.indexOf(FIELD_SEPARATOR);
    this.slice = Number(text.slice(0, first));
    this.type = named(text.slice(first + 1, text.indexOf(FIELD_SEPARATOR, first + 1)));
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
    return isoTime(this.#field(6));
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
  get correlationId() {
    return unescaped(this.#field(10)) ?? "";
  }
  get causationId() {
    return unescaped(this.#field(11));
  }
  get actor() {
    return unescaped(this.#field(12));
  }
  get tenant() {
    return unescaped(this.#field(13));
  }
  get traceparent() {
    return unescaped(this.#field(14));
  }
  get metadata() {
    return null;
  }
  get command() {
    return null;
  }

  #field(index: number): string {
    if (lastCut !== this) {
      lastCut = this;
      fieldsCut = 0;
    }
    for (; fieldsCut <= index; fieldsCut++) {
      const end = this.#text.indexOf(FIELD_SEPARATOR, starts[fieldsCut]);
      starts[fieldsCut + 1] = (end < 0 ? this.#text.length : end) + 1;
    }
    return this.#text.slice(starts[index], (starts[index + 1] ?? 0) - 1);
  }
}

// Fields of one event are asked for one after the other; only where the last event's begin is kept, as far as was asked.
let lastCut: LogEvent | undefined;
let fieldsCut = 0;
const starts = [0];

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
