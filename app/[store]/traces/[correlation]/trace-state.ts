/** Everything that decides what the page of a trace shows; all of it is in the URL. */
const KEYS = ["view", "span", "idle", "only", "range", "depth", "open", "detail", "live"] as const;

/** The state by its names in the URL; absent is the default. */
export type TraceState = Readonly<Partial<Record<(typeof KEYS)[number], string>>>;

/** What becomes different; `undefined` goes back to the default. */
export type TraceChange = Readonly<Partial<Record<(typeof KEYS)[number], string | undefined>>>;

/** Reads the state out of a query. */
export function traceState(get: (name: string) => string | null | undefined): TraceState {
  return Object.fromEntries(KEYS.flatMap((key) => (get(key) ? [[key, get(key)]] : [])));
}

/** The address of the page at `path` in this state, changed. */
export function traceHref(path: string, state: TraceState, change: TraceChange = {}): string {
  const next: TraceChange = { ...state, ...change };
  const given = KEYS.flatMap((key) => (next[key] ? [[key, next[key]]] : []));
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}

/** A stretch of the trace, in microseconds since it began. */
export type Range = { readonly from: number; readonly to: number };

const UNITS: Readonly<Record<string, number>> = { us: 1, µs: 1, ms: 1e3, s: 1e6, m: 6e7, h: 3.6e9, d: 8.64e10 };

/** Reads `12 ms - 1.5 s`, `3d-3d 2h`; undefined for what is no stretch of time. Plain numbers are microseconds. */
export function parseRange(text: string | undefined): Range | undefined {
  const ends = (text ?? "").split(/[-–]|\bto\b/);
  const [from, to] = ends.map(microsecondsOf);
  return ends.length === 2 && from !== undefined && to !== undefined && from < to ? { from, to } : undefined;
}

function microsecondsOf(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)\s*(us|µs|ms|s|m|h|d)?/g)];
  if (parts.length === 0 || text.replace(/(\d+(?:\.\d+)?)\s*(us|µs|ms|s|m|h|d)?/g, "").trim() !== "") return undefined;
  return Math.round(parts.reduce((sum, [, number, unit]) => sum + Number(number) * (UNITS[unit ?? "us"] ?? 1), 0));
}
