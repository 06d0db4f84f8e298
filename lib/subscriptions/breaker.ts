import type pg from "pg";
import { TidemarkError } from "@/lib/kernel/errors";
import type { Consumer } from "@/lib/subscriptions/consumer";
import { defaultPolicy } from "@/lib/subscriptions/failure-policy";
import type { Lease } from "@/lib/subscriptions/lease";

/** Who stands in `consumers.state_by` when a consumer was stopped by its breaker; resuming releases it. */
export const BREAKER = "breaker";

/** So much fails that the consumer was stopped. Nothing of the batch was applied or set aside. */
export class BreakerTripped extends TidemarkError {
  constructor(consumer: string, reason: string, cause: unknown) {
    super("conflict", `${consumer} was stopped: ${reason}`, { consumer }, { cause });
  }
}

type Counts = { readonly recent: number; readonly open: number; readonly handled: number };

/**
 * Asks before letters are written whether this is still about single events. Counts what the whole consumer set aside in
 * the last minute, but not before it was last switched, and one more of `handled` events. When it is too much the
 * consumer is paused by its breaker and `BreakerTripped` is thrown. Other partitions may park a little more before they
 * see it.
 */
export async function holdBreaker(
  pool: pg.Pool,
  lease: Lease,
  consumer: Consumer,
  { handled, cause }: { readonly handled: number; readonly cause: unknown },
): Promise<void> {
  const { breaker } = consumer.failurePolicy ?? defaultPolicy;
  const { rows } = await pool.query<Counts>(
    `with since as (select greatest(clock_timestamp() - interval '1 minute', state_at) as at from consumers where name = $1)
     select (select count(*) from (select from dead_letters d, since where d.consumer = $1 and d.generation = $2 and d.first_at > since.at
              limit $3) recent)::integer as recent,
            (select count(*) from (select from dead_letters d where d.consumer = $1 and d.generation = $2 and d.closed_at is null
              limit $4) open)::integer as open,
            (select coalesce(sum(b.events), 0) from consumer_batches b, since where b.consumer = $1 and b.generation = $2 and b.committed_at > since.at)::integer as handled`,
    [lease.consumer, lease.generation, breaker.perMinute + 1, breaker.open + 1],
  );
  const [counts] = rows;
  if (!counts) return;
  const recent = counts.recent + 1;
  const all = counts.handled + handled;
  const reason =
    counts.open + 1 > breaker.open
      ? `more than ${breaker.open} events are parked`
      : recent > breaker.perMinute
        ? `more than ${breaker.perMinute} events failed within a minute`
        : recent >= breaker.atLeast && recent > breaker.share * all
          ? `${recent} of the last ${all} events failed`
          : undefined;
  if (reason === undefined) return;
  // A generation that is being built has a switch of its own; the one that serves goes on beside it.
  await pool.query(
    `with building as (update consumer_generations set paused = true
       where consumer = $1 and generation = $4 and state = 'building' returning 1)
     update consumers set state = 'paused', state_by = $2, state_reason = $3, state_at = clock_timestamp()
      where name = $1 and state = 'running' and not exists (select from building)`,
    [lease.consumer, BREAKER, reason, lease.generation],
  );
  throw new BreakerTripped(lease.consumer, `${reason}. Correct the code or the data, then resume it.`, cause);
}
