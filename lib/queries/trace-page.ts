import type { QueryContext } from "@/lib/queries/query-context";

/** One bar of the waterfall. Times are whole microseconds since `startedAt` of the trace. */
export type TraceRow = {
  /** Unique in the trace: `command:<id>`, `event:<id>`, `projection:<name>:<event id>`. */
  readonly id: string;
  readonly parent: string | null;
  readonly depth: number;
  readonly kind: "command" | "event" | "projection";
  readonly name: string;
  readonly status: "done" | "waiting" | "inline" | "unknown";
  readonly stream: string | null;
  readonly version: number | null;
  readonly position: string | null;
  readonly startUs: number;
  /** A projection's time between the recording of the event and the reading of its batch; else 0. */
  readonly waitUs: number;
  /** A command's time from receipt to recording, a projection's from reading to commit; 0 while waiting. */
  readonly workUs: number;
  /** Null for what has not ended; draw it up to now. */
  readonly endUs: number | null;
  /** What opens when the row is opened. */
  readonly link:
    | { readonly kind: "event"; readonly id: string }
    | { readonly kind: "projection"; readonly name: string }
    | null;
  readonly detail: Readonly<Record<string, string | number | null>>;
};

/** A correlation's whole path, in the order in which it is drawn (depth first). */
export type TracePage = {
  readonly correlationId: string;
  readonly rows: readonly TraceRow[];
  readonly startedAt: string;
  readonly now: string;
  /** From the first start to the last end (to now while something is open), in microseconds. */
  readonly totalUs: number;
  readonly counts: { readonly commands: number; readonly events: number; readonly streams: number };
  /** Whether every consumer has finished every event. */
  readonly settled: boolean;
  readonly openEnds: number;
  /** The trace has more events than are drawn. */
  readonly more: boolean;
  readonly traceparent: string | null;
};

/** Reads a trace from the log and the batch records. Throws `NotFound` when no event carries the correlation id. */
export async function tracePage(context: QueryContext, correlationId: string): Promise<TracePage> {
  throw new Error(`tracePage is being written ${context} ${correlationId}`);
}
