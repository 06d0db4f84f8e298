import type { QueryContext } from "@/lib/queries/query-context";

/** One store's health; `worstLag` is unknown as soon as one consumer's is. */
export type StoreHealth = {
  readonly store: string;
  readonly head: string;
  readonly highWater: {
    readonly position: string;
    readonly movedAt: string;
    readonly checkedAt: string | null;
    readonly agent: string | null;
    /** Whether the agent looked within the last three seconds. */
    readonly alive: boolean;
  };
  readonly worstLag: { readonly consumer: string; readonly ageMs: number; readonly events: number } | "unknown" | null;
  readonly workers: readonly {
    readonly id: string;
    readonly host: string;
    readonly pid: number;
    readonly startedAt: string;
    readonly seenAt: string;
    readonly alive: boolean;
  }[];
  readonly serverVersion: string;
  readonly now: string;
};

/** Reads the store's health. Throws `Unavailable` when the database does not answer. */
export async function health(context: QueryContext): Promise<StoreHealth> {
  throw new Error(`health is being written ${context}`);
}
