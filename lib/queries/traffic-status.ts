import type { QueryContext } from "@/lib/queries/query-context";

/** The demo traffic's switch and what its driver reports. `driven` is false when nobody has reported for 5 s. */
export type TrafficStatus = {
  readonly state: "running" | "stopped";
  readonly driven: boolean;
  readonly ratePerSecond: number;
  readonly changedBy: string | null;
  readonly changedAt: string;
  readonly seenAt: string | null;
  readonly commands: string;
  readonly rejections: string;
  readonly conflicts: string;
};

/** Reads the state of the demo traffic. */
export async function trafficStatus(context: QueryContext): Promise<TrafficStatus> {
  throw new Error(`trafficStatus is being written ${context}`);
}
