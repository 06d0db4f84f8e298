import type { TracePage, TraceRow } from "@/lib/queries/trace-page";

/**
 * A row as the browser gets it: what is drawn and no more, because ten thousand of them may come. Rows are depth first,
 * so the depths are the tree. Times are microseconds since the trace began.
 */
export type WireRow = Pick<
  TraceRow,
  "id" | "depth" | "kind" | "name" | "status" | "version" | "startUs" | "waitUs" | "workUs" | "endUs"
> & {
  /** It failed: it is set aside, or its consumer's last attempt ended in an error. */
  readonly failed?: true;
};

/** The rows of a trace for the browser. */
export function wireRows({ rows }: TracePage): readonly WireRow[] {
  return rows.map(({ id, depth, kind, name, status, version, startUs, waitUs, workUs, endUs, detail }) => ({
    ...{ id, depth, kind, name, status, version, startUs, waitUs, workUs, endUs },
    ...(status === "parked" || detail.error ? { failed: true as const } : {}),
  }));
}
