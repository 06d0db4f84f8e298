import type { Status } from "@/app/_ui/glyph";
import type { DeadLetterRow } from "@/lib/queries/dead-letters";

type Letter = Pick<DeadLetterRow, "state" | "wanted">;

/** The status glyph of a dead letter. */
export function letterStatus({ state, wanted }: Letter): Status {
  if (state === "retried") return "ok";
  if (state === "skipped") return "idle";
  if (wanted !== null || state === "draining") return "run";
  return state === "retrying" ? "warn" : "bad";
}

/** Its state in words: an order that nobody has carried out yet comes first. */
export function letterWords({ state, wanted }: Letter): string {
  if (state === "retried" || state === "skipped") return state;
  return wanted === null ? state : `${wanted} ordered`;
}
