import type { Lag } from "@/lib/queries/lag";
import { formatCount, formatDuration, UNKNOWN } from "./format";
import { Glyph } from "./glyph";

const reasons = {
  "high-water-agent-missing": "no high-water agent is running",
  "worker-missing": "no worker holds it",
  "never-started": "it never started",
} as const;

/** Why a lag is unknown, in words. */
export function unknownWhy(lag: Extract<Lag, { known: false }>): string {
  return reasons[lag.reason];
}

/** The age of the oldest unprocessed event. Unknown is said as such, with why and since when; it is never a zero. */
export function LagAge({ lag, sloMs }: { lag: Lag; sloMs: number }) {
  if (!lag.known) {
    return (
      <span className="inline-flex items-center gap-1.5 text-muted" title={whyTitle(lag)}>
        <Glyph status="stale" /> unknown
      </span>
    );
  }
  const over = lag.ageMs > sloMs;
  return (
    <span className={`inline-flex items-center gap-1.5 ${over ? "font-medium text-warn" : ""}`}>
      {over ? <Glyph status="warn" /> : null}
      {lag.events === 0 ? "0 ms" : formatDuration(lag.ageMs)}
    </span>
  );
}

/** How many events are unprocessed; a plus where counting stopped. */
export function LagCount({ lag }: { lag: Lag }) {
  if (!lag.known) return <span className="text-muted">{UNKNOWN}</span>;
  return (
    <>
      {formatCount(lag.events)}
      {lag.more ? "+" : ""}
    </>
  );
}

function whyTitle(lag: Extract<Lag, { known: false }>): string {
  return `Unknown${lag.since === null ? "" : ` since ${lag.since}`}: ${unknownWhy(lag)}.`;
}
