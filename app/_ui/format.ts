/**
 * How numbers, durations and sizes are written everywhere in the console. Zero is `0`, unknown is `–`; locale `en` and
 * UTC, so that what the server draws is what the browser keeps.
 */
const integer = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat("en", { notation: "compact", maximumFractionDigits: 1 });

/** The sign for a value nobody knows; never a zero, never -1. */
export const UNKNOWN = "–";

/** A whole number with thousands separators; positions as decimal strings too. */
export function formatCount(value: number | bigint | string): string {
  return integer.format(typeof value === "string" ? BigInt(value) : value);
}

/** A count for tiles: exact below 10,000, then `29.4K` or `29.4M`. */
function formatShort(value: number | bigint): string {
  const number = Number(value);
  return number < 10_000 ? integer.format(number) : short.format(number);
}

/** A duration in milliseconds, at most two units: `4 ms`, `1.24 s`, `4 m 12 s`, `3 d 2 h`. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN;
  if (ms < 0) return `-${formatDuration(-ms)}`;
  if (ms === 0) return "0 ms";
  if (ms < 1) return `${Math.max(0.01, Math.round(ms * 100) / 100)} ms`;
  if (ms < 10) return `${Math.round(ms * 10) / 10} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  // What somebody has set, such as an objective: digits that were never measured are not shown.
  if (ms < 60_000 && ms % 1_000 === 0) return `${ms / 1_000} s`;
  if (ms < 9_995) return `${(ms / 1000).toFixed(2)} s`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3_600) return two(Math.floor(seconds / 60), "m", seconds % 60, "s");
  if (seconds < 86_400) return two(Math.floor(seconds / 3_600), "h", Math.floor((seconds % 3_600) / 60), "m");
  return two(Math.floor(seconds / 86_400), "d", Math.floor((seconds % 86_400) / 3_600), "h");
}

function two(first: number, firstUnit: string, second: number, secondUnit: string): string {
  return second === 0 ? `${first} ${firstUnit}` : `${first} ${firstUnit} ${second} ${secondUnit}`;
}

/** A rate a second, with what it is of: `412 ev/s`, `0.4/s`, `9.8K/s`. */
export function formatRate(perSecond: number, of = ""): string {
  return `${rateFigure(perSecond)}${of && ` ${of}`}/s`;
}

/** What comes in and goes out a second, of events: `412 / 394 ev/s`. */
export function formatFlow(into: number | null, out: number | null): string {
  if (into === null && out === null) return UNKNOWN;
  const [first, second] = [into, out].map((rate) => (rate === null ? UNKNOWN : rateFigure(rate)));
  return `${first} / ${second} ev/s`;
}

function rateFigure(perSecond: number): string {
  if (perSecond === 0) return "0";
  if (perSecond < 10) return `${Math.max(0.1, Math.round(perSecond * 10) / 10)}`;
  return formatShort(Math.round(perSecond));
}

/** A size in binary units: `612 B`, `18.2 KiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  const units = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes;
  let unit = -1;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}

/** Milliseconds since 1970 of an ISO time, with the microseconds as a fraction: differences stay exact to 1 µs or so. */
export function epochMs(iso: string): number {
  const micros = /\.\d{3}(\d{1,3})/.exec(iso)?.[1] ?? "";
  return Date.parse(iso) + Number(micros.padEnd(3, "0")) / 1000;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** A time to the millisecond: `24 Nov 02:01:17.513`, with the year when it is not the reader's; UTC unless `local`. */
export function formatTime(iso: string, options: { local?: boolean; year?: boolean } = {}): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const part = (utc: number, local: number) => (options.local ? local : utc);
  const pad = (value: number, width = 2) => String(value).padStart(width, "0");
  const day = pad(part(at.getUTCDate(), at.getDate()));
  const month = MONTHS[part(at.getUTCMonth(), at.getMonth())];
  const year = options.year ? ` ${part(at.getUTCFullYear(), at.getFullYear())}` : "";
  const hours = pad(part(at.getUTCHours(), at.getHours()));
  const minutes = pad(part(at.getUTCMinutes(), at.getMinutes()));
  const rest = `${pad(at.getUTCSeconds())}.${pad(at.getUTCMilliseconds(), 3)}`;
  return `${day} ${month}${year} ${hours}:${minutes}:${rest}`;
}

/** How long before `now` a time was: `31 m`, `4 s`. Future times read as `now`. */
export function formatAgo(iso: string, now: number): string {
  const ms = now - Date.parse(iso);
  if (!Number.isFinite(ms)) return UNKNOWN;
  if (ms < 1_000) return "now";
  const [first, unit] = formatDuration(Math.floor(ms / 1000) * 1000).split(" ");
  return `${first === undefined ? "" : Math.floor(Number(first))} ${unit ?? ""} ago`;
}

/**
 * An id short enough for a cell. Time-ordered ids of one minute begin alike, so their ends are shown longer than their
 * beginnings.
 */
export function shortId(id: string): string {
  return id.length <= 16 ? id : `${id.slice(0, 4)}…${id.slice(-8)}`;
}

/** A count with its noun: `1 event`, `2 events`. */
export function plural(count: number | string, noun: string): string {
  return `${formatCount(count)} ${noun}${String(count) === "1" ? "" : "s"}`;
}
