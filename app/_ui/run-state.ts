import type { RunRow } from "@/lib/queries/list-runs";
import type { RunState } from "@/lib/runs/run";
import { plural, shortId } from "./format";
import type { Status } from "./glyph";

const statuses: Readonly<Record<RunState, Status>> = {
  waiting: "idle",
  running: "run",
  paused: "idle",
  cancelling: "warn",
  "awaiting-decision": "warn",
  succeeded: "ok",
  failed: "bad",
  cancelled: "idle",
};

const words: Readonly<Record<RunState, string>> = {
  waiting: "waiting for a worker",
  running: "running",
  paused: "paused",
  cancelling: "taking back",
  "awaiting-decision": "awaits your decision",
  succeeded: "succeeded",
  failed: "failed",
  cancelled: "cancelled",
};

/** How a run looks. One that came to its end and met problems on the way has not simply succeeded. */
export function runStatus({ state, problems }: Pick<RunRow, "state" | "problems">): Status {
  return state === "succeeded" && problems > 0 ? "warn" : statuses[state];
}

/** The words for the state of a run. An import waits for nobody here; what met problems is only finished. */
export function runWord({ state, kind, problems }: Pick<RunRow, "state" | "kind" | "problems">): string {
  if (state === "waiting" && kind === "import") return "waits for its file";
  return state === "succeeded" && problems > 0 ? "finished" : words[state];
}

/** What a run is about, as it is called beside its kind; null where it is about nothing by name. A request is called as its own page is. */
export function aboutWords({ kind, subject }: Pick<RunRow, "kind" | "subject">): string | null {
  return subject !== null && isOfRequest(kind) ? `request ${shortId(subject)}` : subject;
}

/** Whether runs of this kind work at a request to forget a person. */
export function isOfRequest(kind: string): boolean {
  return kind === "shred" || kind === "preview-shred";
}

/** What a run met so far that somebody should look at, `3 lines refused`; null when there was nothing. */
export function problemWords({ kind, problems, unit }: Pick<RunRow, "kind" | "problems" | "unit">): string | null {
  if (problems === 0) return null;
  return kind === "import" ? `${plural(problems, unit.replace(/s$/, ""))} refused` : plural(problems, "problem");
}
