import { processWide } from "@/lib/telemetry/process-wide";

/** What is asked of a pool of connections. */
type ObservedPool = {
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly options: { readonly max: number };
};

/** The open pools of this process by the name that their connections carry. */
export const observedPools = processWide("pools", () => new Map<string, ObservedPool>());

/** Has a pool counted until it is closed. Of two under one name, as tests open them, the later is told of. */
export function observePool(name: string, pool: ObservedPool & { end(): Promise<void> }): void {
  observedPools.set(name, pool);
  const end = pool.end.bind(pool);
  pool.end = () => {
    if (observedPools.get(name) === pool) observedPools.delete(name);
    return end();
  };
}

/** Who watches the log live in this process; nobody counts where there is no live log. */
export const observedViewers = processWide("viewers", () => ({ count: undefined as (() => number) | undefined }));
