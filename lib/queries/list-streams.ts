import type { QueryContext } from "@/lib/queries/query-context";

/** A stream as lists show it. */
export type StreamRow = {
  readonly stream: string;
  readonly category: string;
  readonly version: number;
  readonly bytes: number;
  readonly firstPosition: string | null;
  readonly lastPosition: string | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** The type of its last event; only when sorted by activity. */
  readonly lastType: string | null;
};

/** One page of streams. `scan` is set when a filter without an index stopped at its bound; `next` continues it. */
export type StreamsPage = {
  readonly streams: readonly StreamRow[];
  readonly sort: "name" | "activity";
  readonly next: string | null;
  readonly scan: { readonly scanned: number } | null;
};

/** Lists streams by name, or by last activity (newest first). `cursor` is the `next` of the page before. */
export async function listStreams(
  context: QueryContext,
  page: {
    readonly prefix?: string;
    readonly contains?: string;
    readonly category?: string;
    readonly sort?: "name" | "activity";
    readonly cursor?: string;
    readonly limit?: number;
  },
): Promise<StreamsPage> {
  throw new Error(`listStreams is being written ${context} ${page}`);
}
