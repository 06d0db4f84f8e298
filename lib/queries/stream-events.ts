import type { EventWithPayload } from "@/lib/queries/event-row";
import type { QueryContext } from "@/lib/queries/query-context";

/** One page of a stream's events by version; `next` is the `from` of the following page, null at the end. */
export type StreamEventsPage = { readonly events: readonly EventWithPayload[]; readonly next: number | null };

/** Reads a stream's events from version `from` (inclusive). Throws `NotFound` when the stream does not exist. */
export async function streamEvents(
  context: QueryContext,
  stream: string,
  page: { readonly from?: number; readonly limit?: number; readonly direction?: "forwards" | "backwards" },
): Promise<StreamEventsPage> {
  throw new Error(`streamEvents is being written ${context} ${stream} ${page}`);
}
