/** What the filter box of the event log says, read. Times stay as they were typed; `resolveTime` turns them into ISO. */
export type EventFilterText = {
  readonly type?: string;
  readonly category?: string;
  readonly stream?: string;
  readonly correlation?: string;
  readonly actor?: string;
  readonly from?: string;
  readonly to?: string;
  readonly data?: Readonly<Record<string, string>>;
};

/** The filter, or what is wrong with it and what to write instead. */
export type ParsedFilter =
  | { readonly ok: true; readonly filter: EventFilterText }
  | { readonly ok: false; readonly fault: string };

const FIELDS = ["type", "category", "stream", "correlation", "actor", "from", "to"] as const;
type Field = (typeof FIELDS)[number];
const SHORT: Readonly<Record<string, Field>> = { corr: "correlation", cat: "category", since: "from", until: "to" };
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/**
 * Reads `type:OrderPlaced stream:order-42 data.total:120 from:now-1h`. Values with spaces go in double quotes. A bare
 * word is a stream when it has a dash, a correlation when it is a UUID, else an event type.
 */
export function parseEventFilter(text: string): ParsedFilter {
  const filter: { [name in Field]?: string } & { data?: Record<string, string> } = {};
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
      return { ok: false, fault: `${value} is no time. Write now-15m, 14:02, 2026-11-24 or 2026-11-24T14:02:00Z.` };
    }
    filter[field] = value;
  }
  return { ok: true, filter };
}

/** A filter as text again, in a fixed order, so that the same filter always has the same address. */
export function printEventFilter(filter: EventFilterText): string {
  const terms = FIELDS.flatMap((field) => (filter[field] === undefined ? [] : [`${field}:${quote(filter[field])}`]));
  const data = Object.entries(filter.data ?? {}).map(([path, value]) => `data.${path}:${quote(value)}`);
  return [...terms, ...data].join(" ");
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** The ISO time that a text means at `now` (ms): `now-15m`, `14:02` of today, a date, or ISO itself; all UTC. */
export function resolveTime(text: string, now: number): string | undefined {
  if (text === "now") return new Date(now).toISOString();
  const [, amount, unit] = /^now-(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) {
    return new Date(now - Number(amount) * (UNITS[unit] ?? 0)).toISOString();
  }
  if (/^\d{1,2}:\d{2}(:\d{2})?$/.test(text)) {
    return iso(
      `${new Date(now).toISOString().slice(0, 10)}T${text.padStart(text.length === 4 || text.length === 7 ? text.length + 1 : 0, "0")}Z`,
    );
  }
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return iso(`${text}T00:00:00Z`);
  if (/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text)) {
    const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`;
    // Microseconds survive: the exact end of a page must not be cut to the millisecond.
    return /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(zoned) && iso(zoned) ? zoned : iso(zoned.replace(" ", "T"));
  }
  return undefined;
}

function iso(text: string): string | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
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
