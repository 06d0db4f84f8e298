import type { QueryContext } from "@/lib/queries/query-context";

/** The demo traffic's switch and what its driver reports. `driven` is false when nobody has reported for 5 s. */
export type TrafficStatus = {
  readonly state: "running" | "stopped";
  readonly driven: boolean;
  readonly ratePerSecond: number;
  readonly changedBy: string | null;
  readonly changedAt: string;
  readonly seenAt: string | null;
  /** Counts since the store was made, as decimal strings. */
  readonly commands: string;
  readonly rejections: string;
  readonly conflicts: string;
};

/** Reads the state of the demo traffic. */
export async function trafficStatus({ reads }: QueryContext): Promise<TrafficStatus> {
  const [row] = await reads.query<{
    state: "running" | "stopped";
    driven: boolean | null;
    rate_per_second: number;
    changed_by: string | null;
    changed_at: string;
    seen_at: string | null;
    commands: bigint;
    rejections: bigint;
    conflicts: bigint;
  }>(
    `select state, rate_per_second, changed_by, changed_at, seen_at, commands, rejections, conflicts,
            seen_at > clock_timestamp() - interval '5 seconds' as driven from traffic`,
  );
  return {
    state: row?.state ?? "stopped",
    driven: row?.driven === true,
    ratePerSecond: row?.rate_per_second ?? 0,
    changedBy: row?.changed_by ?? null,
    changedAt: row?.changed_at ?? "",
    seenAt: row?.seen_at ?? null,
    commands: String(row?.commands ?? 0n),
    rejections: String(row?.rejections ?? 0n),
    conflicts: String(row?.conflicts ?? 0n),
  };
}
