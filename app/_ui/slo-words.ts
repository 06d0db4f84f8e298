import type { SloStatus } from "@/lib/alerts/slo-status";
import { formatDuration } from "./format";
import type { Status } from "./glyph";

/** A stretch that begins at `t`, ms since 1970, and how its time is divided, in ms. */
export type SloBar = {
  readonly t: number;
  readonly goodMs: number;
  readonly badMs: number;
  readonly unknownMs: number;
};

/** A share of the time in percent, as exact as it was given: `99.9 %`; unknown is said. */
export function percent(share: number | null): string {
  return share === null ? "unknown" : `${Number((share * 100).toFixed(3))} %`;
}

/** How much of the time is known, in whole percent and never more than it is. */
export function knownShare(share: number): string {
  return `${Math.floor(share * 100)} %`;
}

/** What is left of a budget, with its sign: `38 m 12 s`, `−12 m`. */
export function budgetLeft({ budget }: Pick<SloStatus, "budget">): string {
  return `${budget.leftMs < 0 ? "−" : ""}${formatDuration(Math.abs(budget.leftMs))}`;
}

/** The same of every consumer, by name. */
export function budgetsLeft(slos: readonly SloStatus[]): Readonly<Record<string, string>> {
  return Object.fromEntries(slos.map((slo) => [slo.consumer, `budget ${budgetLeft(slo)}`]));
}

/** A burn: `14×`, or that nothing can be said. */
export function burnWords(burn: number | null): string {
  return burn === null ? "unknown" : `${burn >= 10 ? Math.round(burn) : Number(burn.toFixed(1))}×`;
}

/** How a promise is kept: spent, burning, or well. Where nothing is known it is not called well. */
export function sloStatusOf({ budget, burn }: Pick<SloStatus, "budget" | "burn">): { status: Status; word: string } {
  if (budget.known === null) return { status: "stale", word: "unknown" };
  if (budget.leftMs < 0) return { status: "bad", word: "spent" };
  if ((burn["1h"] ?? 0) > 6 || (burn["6h"] ?? 0) > 6) return { status: "warn", word: "burning" };
  return budget.known < 0.5 ? { status: "stale", word: "little known" } : { status: "ok", word: "kept" };
}
