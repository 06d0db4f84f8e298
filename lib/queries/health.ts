import { type ProjectionRow, projectionRows } from "@/lib/queries/list-projections";
import type { QueryContext } from "@/lib/queries/query-context";

/** One store's health; `worstLag` is unknown as soon as one running consumer's is, and null without consumers. */
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
  readonly workers: readonly WorkerRow[];
  readonly serverVersion: string;
  readonly now: string;
};

/** A worker that has not said good-bye; `alive` when it was seen in the last ten seconds. */
type WorkerRow = {
  readonly id: string;
  readonly host: string;
  readonly pid: number;
  readonly startedAt: string;
  readonly seenAt: string;
  readonly alive: boolean;
};

/** Workers that are listed; those seen in the last hour. */
const WORKERS_MAX = 50;

/**
 * Reads the store's health; who is reading the projections anyway hands them in. Throws `Unavailable` when the database
 * does not answer.
 */
export async function health(
  context: QueryContext,
  reading: Promise<readonly ProjectionRow[]> = projectionRows(context),
): Promise<StoreHealth> {
  const { reads } = context;
  const [[mark], projections, workers] = await Promise.all([
    reads.query<{
      position: bigint;
      head: bigint;
      moved_at: string;
      checked_at: string | null;
      agent: string | null;
      alive: boolean | null;
      server: string;
      now: string;
    }>(
      `select h.position, h.moved_at, h.checked_at, h.agent, h.checked_at > clock_timestamp() - interval '3 seconds' as alive,
              greatest(h.position, (select case when is_called then last_value else 0 end from position_seq)) as head,
              current_setting('server_version') as server, clock_timestamp() as now
         from high_water h`,
    ),
    reading,
    workersOf(context),
  ]);
  return {
    store: "local",
    head: String(mark?.head ?? 0n),
    highWater: {
      position: String(mark?.position ?? 0n),
      movedAt: mark?.moved_at ?? "",
      checkedAt: mark?.checked_at ?? null,
      agent: mark?.agent ?? null,
      alive: mark?.alive === true,
    },
    worstLag: worstOf(projections),
    workers,
    serverVersion: mark?.server ?? "",
    now: mark?.now ?? "",
  };
}

function worstOf(projections: readonly ProjectionRow[]): StoreHealth["worstLag"] {
  const judged = projections.filter(({ state }) => state !== "paused" && state !== "inline");
  if (judged.some(({ lag }) => !lag.known)) return "unknown";
  let worst: { consumer: string; ageMs: number; events: number } | null = null;
  for (const { name, lag } of judged) {
    if (lag.known && (!worst || lag.ageMs > worst.ageMs)) {
      worst = { consumer: name, ageMs: lag.ageMs, events: lag.events };
    }
  }
  return worst;
}

async function workersOf({ reads }: QueryContext): Promise<WorkerRow[]> {
  const rows = await reads.query<{
    id: string;
    host: string;
    pid: number;
    started_at: string;
    seen_at: string;
    alive: boolean;
  }>(
    `select id, host, pid, started_at, seen_at, seen_at > clock_timestamp() - interval '10 seconds' as alive
       from workers where stopped_at is null and seen_at > now() - interval '1 hour'
      order by seen_at desc limit $1`,
    [WORKERS_MAX],
  );
  return rows.map(({ id, host, pid, started_at, seen_at, alive }) => {
    return { id, host, pid, startedAt: started_at, seenAt: seen_at, alive };
  });
}
