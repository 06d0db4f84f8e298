import type pg from "pg";
import { createWake, pollLoop } from "@/lib/db/poll-loop";
import { failpoint } from "@/lib/kernel/failpoint";

/** The agent's settings. `owner` names this process in the lease; errors are reported, never thrown. */
export type HighWaterAgent = {
  readonly pool: pg.Pool;
  readonly owner: string;
  readonly signal: AbortSignal;
  readonly notifyChannel: string;
  readonly onError?: (error: unknown) => void;
};

/** How often a candidate asks for the lease, how long a lease lasts, how often its holder renews it. */
const CANDIDATE_MS = 500;
const LEASE_MS = 3_000;
const RENEW_MS = 1_000;
/** The rest between two looks while the log grows, how long after that it counts as growing, and the rest when idle. */
const BUSY_MS = 2;
const GROWING_MS = 200;
const IDLE_MS = 25;

/**
 * Publishes the high-water mark until `signal` is aborted: one holder of the duty `high-water` at a time, all others
 * stand by and take over within `LEASE_MS` of its death. It alone sends notifications, at most one a look and only when
 * the mark moved; the payload is the mark. Survives restarts of the server. Two agents at once would waste work, nothing
 * more: the mark only grows, and each value they compute is safe.
 */
export async function runHighWaterAgent(agent: HighWaterAgent): Promise<void> {
  await pollLoop({
    signal: agent.signal,
    idleMs: CANDIDATE_MS,
    errorMs: 50,
    maxErrorMs: 1_000,
    onError: agent.onError ?? (() => undefined),
    work: () => holdOnce(agent),
  });
}

/** Takes the lease and keeps the mark moving while it holds it. Resolves with false when somebody else has it. */
async function holdOnce({ pool, owner, signal, notifyChannel }: HighWaterAgent): Promise<boolean> {
  const client = await pool.connect();
  const broken = new AbortController();
  const onError = () => broken.abort();
  client.on("error", onError);
  try {
    await client.query("insert into duties (name) values ('high-water') on conflict do nothing");
    const rest = createWake();
    let renewAt = 0;
    let movedAt = performance.now();
    while (!signal.aborted && !broken.signal.aborted) {
      const now = performance.now();
      if (now >= renewAt) {
        if (!(await renew(client, owner))) return false;
        renewAt = now + RENEW_MS;
        failpoint("high-water.after-lease");
      }
      if (await advance(client, owner, notifyChannel)) movedAt = now;
      await rest.wait(restAfter(now - movedAt), signal);
    }
    if (signal.aborted) await release(client, owner);
    return !signal.aborted;
  } finally {
    client.off("error", onError);
    client.release(broken.signal.aborted);
  }
}

/** Milliseconds to rest when the mark last moved `idleMs` ago. */
function restAfter(idleMs: number): number {
  if (idleMs < GROWING_MS) return BUSY_MS;
  return Math.min(IDLE_MS, BUSY_MS + (idleMs - GROWING_MS) / 50);
}

/**
 * Whether the mark moved. The notification goes out with the commit that makes the new mark readable, and that commit waits
 * for the disk: a reader that outlives the server may hold what it read below a mark, and were the mark taken back, positions
 * that a rolled-back append had burned could be drawn again below that reader's place. A look that moves nothing need not wait.
 */
async function advance(client: pg.PoolClient, owner: string, channel: string): Promise<boolean> {
  failpoint("high-water.before-advance");
  const { rows } = await client.query<{ moved: boolean }>({
    name: "advance",
    text: `select safe > previous as moved, case when safe > previous then pg_notify($2, safe::text)::text
                    else set_config('synchronous_commit', 'off', true) end from advance_high_water($1)`,
    values: [owner, channel],
  });
  failpoint("high-water.after-advance");
  return rows[0]?.moved ?? false;
}

async function renew(client: pg.PoolClient, owner: string): Promise<boolean> {
  const { rowCount } = await client.query({
    name: "renew-high-water",
    text: `update duties set owner = $1, epoch = epoch + (owner is distinct from $1)::int,
             lease_expires_at = clock_timestamp() + $2 * interval '1 millisecond'
           where name = 'high-water' and (owner = $1 or lease_expires_at is null or lease_expires_at < clock_timestamp())`,
    values: [owner, LEASE_MS],
  });
  return rowCount === 1;
}

async function release(client: pg.PoolClient, owner: string): Promise<void> {
  await client
    .query("update duties set lease_expires_at = null where name = 'high-water' and owner = $1", [owner])
    .catch(() => undefined);
}
