import type { RunState } from "@/lib/runs/run";
import type { Status } from "./glyph";

/** How each state of a run looks. */
export const runStatus: Readonly<Record<RunState, Status>> = {
  waiting: "idle",
  running: "run",
  paused: "idle",
  cancelling: "warn",
  "awaiting-decision": "warn",
  succeeded: "ok",
  failed: "bad",
  cancelled: "idle",
};

/** The words for each state of a run. */
export const runWords: Readonly<Record<RunState, string>> = {
  waiting: "waiting for a worker",
  running: "running",
  paused: "paused",
  cancelling: "taking back",
  "awaiting-decision": "awaits your decision",
  succeeded: "succeeded",
  failed: "failed",
  cancelled: "cancelled",
};

/** The words for the state of this run: an import waits for nobody here. */
export function runWord({ state, kind }: { readonly state: RunState; readonly kind: string }): string {
  return state === "waiting" && kind === "import" ? "waits for its file" : runWords[state];
}
