import { usage } from "@/bin/cli/cli-error";

/** Milliseconds as a person says them: `0.4 ms`, `12 ms`, `3.2 s`, `4 min 10 s`, `2 h 5 min`. */
export function duration(ms: number): string {
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** A whole number with thousands set apart. */
export function count(value: number | string): string {
  return BigInt(Math.trunc(Number(value))).toLocaleString("en-US");
}

/** A stored time to the millisecond, without the parts that never change: `2026-11-24 02:01:17.513`. */
export function clock(time: string): string {
  return time.replace("T", " ").replace(/(\.\d{3})\d*Z$/, "$1");
}

/** Parses an option that is a whole number from `min` to `max`. Throws a usage error. */
export function wholeNumber(name: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d{1,15}$/.test(text) && value >= min && value <= max) return value;
    throw usage(`${name} is a whole number from ${min} to ${max}, not ${text}.`);
  };
}

/** The lag of a projection as the API gives it. */
export type WireLag = { readonly ageMs: number; readonly events: number; readonly more?: boolean } | "unknown" | null;

/** A lag in words; unknown is never shown as a number. */
export function lagText(lag: WireLag): string {
  if (lag === null) return "none";
  if (lag === "unknown") return "unknown";
  if (lag.events === 0) return "caught up";
  return `${duration(lag.ageMs)}, ${count(lag.events)}${lag.more ? " or more" : ""} events`;
}
