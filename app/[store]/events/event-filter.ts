import { resolveTime, TIME_FORMS } from "./resolve-time";

/** What the filter box of the event log says, read. Times stay as they were typed; `resolveTime` turns them into ISO. */
export type EventFilterText = {
  readonly type?: string;
  readonly category?: string;
  readonly stream?: string;
  /** Text that the stream's name holds; written `stream:*text*`. */
  readonly streamPart?: string;
  readonly correlation?: string;
  readonly actor?: string;
  readonly tenant?: string;
  readonly from?: string;
  readonly to?: string;
  readonly data?: Readonly<Record<string, string>>;
};

/** The filter, or what is wrong with it and what to write instead. */
export type ParsedFilter =
  | { readonly ok: true; readonly filter: EventFilterText }
  | { readonly ok: false; readonly fault: string };

const FIELDS = ["type", "category", "stream", "correlation", "actor", "tenant", "from", "to"] as const;
type Field = (typeof FIELDS)[number];
const SHORT: Readonly<Record<string, Field>> = { corr: "correlation", cat: "category", since: "from", until: "to" };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Reads `type:OrderPlaced stream:order-42 data.total:120 from:now-1h`. Values with spaces go in double quotes. A stream
 * between stars is a part of its name. A bare word is a stream when it has a dash, a correlation when it is a UUID, else
 * an event type.
 */
export function parseEventFilter(text: string): ParsedFilter {
  const filter: { [name in Field | "streamPart"]?: string } & { data?: Record<string, string> } = {};
  for (const term of text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []) {
    const colon = term.indexOf(":");
    const name = colon === -1 ? bareField(term) : term.slice(0, colon);
    const value = unquote(colon === -1 ? term : term.slice(colon + 1));
    if (value === "") return { ok: false, fault: `Say what ${name} should be: ${name}:value` };
    if (name.startsWith("data.") && name.length > 5) {
      filter.data = { ...filter.data, [name.slice(5)]: value };
      continue;
    }
    const field = FIELDS.find((known) => known === name) ?? SHORT[name];
    if (!field) return { ok: false, fault: `There is no filter ${name}. Use ${FIELDS.join(", ")} or data.path.` };
    if ((field === "from" || field === "to") && !resolveTime(value, 0)) {
      return { ok: false, fault: `${value} is no time. Write ${TIME_FORMS}.` };
    }
    const part = field === "stream" ? /^\*(.+)\*$/.exec(value)?.[1] : undefined;
    if (part === undefined) filter[field] = value;
    else filter.streamPart = part;
  }
  return { ok: true, filter };
}

/** A filter as text again, in a fixed order, so that the same filter always has the same address. */
export function printEventFilter(filter: EventFilterText): string {
  const terms = FIELDS.flatMap((field) => (filter[field] === undefined ? [] : [`${field}:${quote(filter[field])}`]));
  if (filter.streamPart !== undefined) terms.push(`stream:${quote(`*${filter.streamPart}*`)}`);
  const data = Object.entries(filter.data ?? {}).map(([path, value]) => `data.${path}:${quote(value)}`);
  return [...terms, ...data].join(" ");
}

/** The filter with its times as ISO 8601, as they are at `now` (ms). */
export function resolvedFilter({ from, to, ...rest }: EventFilterText, now: number): EventFilterText {
  const [start, end] = [from && resolveTime(from, now), to && resolveTime(to, now)];
  return { ...rest, ...(start ? { from: start } : {}), ...(end ? { to: end } : {}) };
}

function bareField(word: string): Field {
  if (UUID.test(word)) return "correlation";
  return word.includes("-") ? "stream" : "type";
}

function unquote(value: string): string {
  return value.replace(/"/g, "");
}

function quote(value: string): string {
  return /\s/.test(value) ? `"${value}"` : value;
}
