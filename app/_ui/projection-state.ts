import type { ProjectionRow, ProjectionState } from "@/lib/queries/list-projections";
import type { Status } from "./glyph";

/** The status glyph of each projection state; the state's own name is its word. */
export const projectionStatus: Readonly<Record<ProjectionState, Status>> = {
  live: "ok",
  inline: "ok",
  lagging: "warn",
  stalled: "bad",
  faulted: "bad",
  parked: "bad",
  paused: "idle",
  unknown: "stale",
};

/** When a projection will have caught up, in words; a dash when that cannot be said. */
export function catchUpWords({ catchUpSeconds, lag, sloMs }: ProjectionRow): string {
  // Two events that wait 100 ms are no reason to speak of "never": within its objective it keeps up.
  if (lag.known && lag.events > 0 && lag.ageMs <= sloMs) return "keeping up";
  if (catchUpSeconds === "never") return "never at this rate";
  if (catchUpSeconds === null) return lag.known && lag.events === 0 ? "caught up" : "–";
  if (catchUpSeconds < 1) return "under 1 s";
  return catchUpSeconds < 90 ? `${Math.ceil(catchUpSeconds)} s` : `${Math.ceil(catchUpSeconds / 60)} min`;
}
