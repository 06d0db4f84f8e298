import { formatDuration } from "./format";

/** A stretch of time in milliseconds since 1970. */
export type Interval = { readonly from: number; readonly to: number };

/** An axis over the time where something happened; idle stretches are cut to a narrow fixed width. */
export type TimeAxis = {
  /** Where a time stands, in percent of the width, 0 to 100. */
  readonly at: (ms: number) => number;
  /** The other way round: which time stands at a place. */
  readonly timeAt: (percent: number) => number;
  readonly ticks: readonly { readonly at: number; readonly label: string }[];
  readonly cuts: readonly { readonly at: number; readonly width: number; readonly label: string }[];
};

const CUT_WIDTH = 4;
/** Two tick labels are at least this far apart, percent. */
const TICK_GAP = 11;
/** A gap is idle when it is this many times longer than everything that happened, and longer than this many ms. */
const IDLE_FACTOR = 0.6;
const IDLE_MIN_MS = 250;

/** Builds the axis of `intervals`; with `cutIdle` false time runs evenly from the first start to the last end. */
export function timeAxis(intervals: readonly Interval[], cutIdle: boolean): TimeAxis {
  return axisOf(axisParts(intervals, cutIdle));
}

/** The stretches that an axis of `intervals` shows, one after the other; what lies between them is cut. A dozen at most. */
export function axisParts(intervals: readonly Interval[], cutIdle: boolean): readonly Interval[] {
  const busy = merge(intervals);
  const total = busy.reduce((sum, part) => sum + part.to - part.from, 0);
  const idle = cutIdle ? Math.max(IDLE_MIN_MS, total * IDLE_FACTOR) : Number.POSITIVE_INFINITY;
  return joinShortGaps(busy, idle);
}

/** The axis that shows these parts of the time. */
export function axisOf(parts: readonly Interval[]): TimeAxis {
  const first = parts[0]?.from ?? 0;
  const shown = parts.reduce((sum, part) => sum + part.to - part.from, 0) || 1;
  const room = 100 - CUT_WIDTH * (parts.length - 1);

  const knots: { ms: number; at: number }[] = [];
  const cuts: { at: number; width: number; label: string }[] = [];
  let at = 0;
  parts.forEach((part, index) => {
    const before = parts[index - 1];
    if (before) {
      cuts.push({ at, width: CUT_WIDTH, label: formatDuration(part.from - before.to) });
      at += CUT_WIDTH;
    }
    knots.push({ ms: part.from, at });
    at += ((part.to - part.from) / shown) * room;
    knots.push({ ms: part.to, at });
  });
  const place = (ms: number) => interpolate(knots, ms);
  return { at: place, timeAt: (percent) => timeAtPlace(knots, percent), cuts, ticks: ticksOf(parts, place, first) };
}

function merge(intervals: readonly Interval[]): Interval[] {
  const merged: Interval[] = [];
  for (const next of [...intervals].sort((a, b) => a.from - b.from)) {
    const last = merged.at(-1);
    if (last && next.from <= last.to) merged[merged.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
    else merged.push(next);
  }
  return merged;
}

function joinShortGaps(parts: readonly Interval[], idle: number): Interval[] {
  const joined: Interval[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    // More cuts than the width has room for would say nothing; the rest of the gaps are drawn.
    if (last && (part.from - last.to < idle || joined.length >= 12))
      joined[joined.length - 1] = { from: last.from, to: part.to };
    else joined.push(part);
  }
  return joined;
}

function interpolate(knots: readonly { ms: number; at: number }[], ms: number): number {
  const right = knots.findIndex((knot) => knot.ms >= ms);
  if (right === -1) return knots.at(-1)?.at ?? 0;
  const [a, b] = [knots[right - 1], knots[right]];
  if (!a || !b) return b?.at ?? 0;
  return b.ms === a.ms ? b.at : a.at + ((ms - a.ms) / (b.ms - a.ms)) * (b.at - a.at);
}

function timeAtPlace(knots: readonly { ms: number; at: number }[], percent: number): number {
  return interpolate(
    knots.map(({ ms, at }) => ({ ms: at, at: ms })),
    percent,
  );
}

function ticksOf(parts: readonly Interval[], place: (ms: number) => number, first: number): TimeAxis["ticks"] {
  const ticks: { at: number; label: string }[] = [];
  const push = (ms: number, label: string) => {
    const at = place(ms);
    if (at <= 94 && ticks.every((tick) => Math.abs(tick.at - at) > TICK_GAP)) ticks.push({ at, label });
  };
  for (const part of parts) push(part.from, part.from === first ? "0" : `+${formatDuration(part.from - first)}`);
  for (const part of parts) {
    const step = niceStep((part.to - part.from) / Math.max(1, (place(part.to) - place(part.from)) / 18));
    for (let ms = step; ms < part.to - part.from && ticks.length < 12; ms += step) {
      push(part.from + ms, `+${formatDuration(part.from - first + ms)}`);
    }
  }
  return ticks.sort((a, b) => a.at - b.at);
}

function niceStep(raw: number): number {
  if (!(raw > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  return ([1, 2, 5, 10].find((factor) => factor * power >= raw) ?? 10) * power;
}
