/** Tick values of the lag axis in seconds. d3's own symlog ticks are linear, so they are given. */
export const LAG_TICKS = [0, 1, 5, 10, 60, 300, 600, 3600] as const;

/** The label of a lag tick: `0`, `5 s`, `10 m`, `1 h`. */
export function lagTick(seconds: number): string {
  if (seconds === 0) return "0";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${Math.round(seconds * 10) / 10} s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} m` : `${Math.round(seconds / 360) / 10} h`;
}

/** One point of a lag chart: `t` in ms since 1970, age in ms and the count behind; null where nobody knew. */
export type LagPoint = {
  readonly t: number;
  readonly ageMs: number | null;
  readonly events: number | null;
};

/** Events a second in a stretch that begins at `t`: what came in and what was handled; null where it was not measured. */
export type PacePoint = { readonly t: number; readonly in: number | null; readonly out: number | null };

/** How long the batches of a stretch that begins at `t` took, milliseconds; null where none was measured. */
export type WorkingPoint = {
  readonly t: number;
  readonly p50: number | null;
  readonly p95: number | null;
  readonly p99: number | null;
};

/** Something that was done at `t`, drawn as a line through the charts; `href` leads to its run. */
export type ChartMark = {
  readonly t: number;
  readonly kind: string;
  readonly label: string;
  readonly href: string | null;
};

/** One sentence for those who do not see the chart. */
export function lagSummary(points: readonly LagPoint[], sloMs: number): string {
  const known = points.flatMap((point) => (point.ageMs === null ? [] : [point.ageMs]));
  if (known.length === 0) return "No lag was measured in this time.";
  const over = known.filter((age) => age > sloMs).length;
  const worst = lagTick(Math.max(...known) / 1000);
  const gaps = points.length - known.length;
  return `Worst ${worst}, ${over} of ${known.length} points over the objective of ${lagTick(sloMs / 1000)}${
    gaps > 0 ? `, ${gaps} not measured` : ""
  }.`;
}
