import type { StreamRow } from "@/lib/queries/list-streams";
import type { QueryContext } from "@/lib/queries/query-context";

/** How far one consumer has come with this stream. `reachedVersion` is null when that is unknown. */
export type StreamReach = {
  readonly consumer: string;
  readonly state: "reached" | "behind" | "inline" | "unknown";
  readonly reachedVersion: number | null;
  readonly versionsBehind: number | null;
  /** Since when the first event that it has not reached waits, in milliseconds up to now. */
  readonly waitingMs: number | null;
};

/** The head of a stream's page; its events come from `streamEvents`, its state from time travel. */
export type StreamPage = {
  readonly stream: StreamRow;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  /** Whether a decider can fold it, and the commands it takes. */
  readonly decider: { readonly category: string; readonly commands: readonly string[] } | null;
  /** Versions at which a snapshot stands; newest first, at most 10. */
  readonly snapshots: readonly { readonly version: number; readonly takenAt: string }[];
  readonly readModels: readonly StreamReach[];
};

/** Reads the head of a stream's page. Throws `NotFound`. */
export async function streamPage(context: QueryContext, stream: string): Promise<StreamPage> {
  throw new Error(`streamPage is being written ${context} ${stream}`);
}
