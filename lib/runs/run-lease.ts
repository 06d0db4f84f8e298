import type pg from "pg";
import { type RunContext, type RunState, RunStopped } from "@/lib/runs/run";

/** How long a run stays with a worker that says nothing, in milliseconds of the database's clock. */
const LEASE_MS = 3_000;

/** A run that is lost, or given back by the database's fault, this often without finishing a step is not tried again. */
const ATTEMPTS_MAX = 10;

/** A run that this worker has taken. JSON columns are their text. */
export type ClaimedRun = {
  readonly id: bigint;
  readonly kind: string;
  readonly subject: string | null;
  readonly input: string;
  readonly checkpoint: string | null;
  readonly epoch: bigint;
  readonly state: RunState;
  readonly phase: string | null;
  /** Its kind's phases, in their order, and what its log says of them. */
  readonly phases: readonly string[];
  readonly phaseLines: readonly string[];
  readonly throttle: number | null;
  readonly decision: string | null;
  /** Who had it before and was lost; null when nobody was. */
  readonly lostBy: string | null;
  /** The trace of whoever asked for it. */
  readonly traceparent: string | null;
};

/**
 * Takes the oldest run of these kinds that waits or whose worker was lost, and raises its epoch, so that nothing of the
 * one before can be written any more. Undefined when there is none.
 */
export async function claimRun(
  pool: pg.Pool,
  worker: string,
  kinds: readonly string[],
): Promise<ClaimedRun | undefined> {
  const { rows } = await pool.query<ClaimedRun>({
    name: "claim_run",
    text: `with free as (
             select id, owner as lost_by from runs
              where ended_at is null and state in ('waiting', 'running', 'cancelling', 'awaiting-decision') and kind = any ($2)
                and (lease_expires_at is null or lease_expires_at <= clock_timestamp()) and attempts < $4
              order by id limit 1 for no key update skip locked
           )
           update runs r
              set owner = $1, epoch = r.epoch + 1, lease_expires_at = clock_timestamp() + $3 * interval '1 millisecond',
                  attempts = r.attempts + 1, started_at = coalesce(r.started_at, clock_timestamp()),
                  phase_at = coalesce(r.phase_at, clock_timestamp()),
                  state = case r.state when 'waiting' then 'running' else r.state end
             from free where r.id = free.id
           returning r.id, r.kind, r.subject, r.input, r.checkpoint, r.epoch, r.state, r.phase, r.throttle, r.decision, r.traceparent,
                     r.phases, array(select message from run_log l where l.run = r.id and l.message like 'phase %') as "phaseLines",
                     free.lost_by as "lostBy"`,
    values: [worker, kinds, LEASE_MS, ATTEMPTS_MAX],
  });
  return rows[0];
}

/**
 * Keeps anybody from taking the run over until the caller's step has ended, for what a step does outside of the database. Call it
 * just before: heart-beats wait meanwhile. Throws `RunStopped` where it is no longer ours.
 */
export async function lockHeld(
  client: pg.PoolClient,
  { id, epoch }: Pick<RunContext<unknown, unknown>, "id" | "epoch">,
): Promise<void> {
  const { rowCount } = await client.query("select from runs where id = $1 and epoch = $2 for no key update", [
    id,
    epoch,
  ]);
  if (rowCount === 0) throw new RunStopped("lost", id);
}

/** Ends the runs of these kinds that were lost too often; resolves with how many. */
export async function failHopeless(pool: pg.Pool, kinds: readonly string[]): Promise<number> {
  const { rowCount } = await pool.query(
    `update runs set state = 'failed', ended_at = clock_timestamp(), owner = null, epoch = epoch + 1,
            error = coalesce(error, json_build_object('name', 'RunLost', 'message',
              'It was lost or had to be tried again ' || attempts || ' times before it had finished a step. See its log and that of the workers, then resume it.'))
      where ended_at is null and kind = any ($1) and attempts >= $2 and state in ('waiting', 'running', 'cancelling', 'awaiting-decision')
        and (lease_expires_at is null or lease_expires_at <= clock_timestamp())`,
    [kinds, ATTEMPTS_MAX],
  );
  return rowCount ?? 0;
}

/** What a heart-beat brings back of one run. */
export type Beat = {
  readonly id: bigint;
  readonly state: RunState;
  readonly wanted: "run" | "pause" | "cancel";
  readonly throttle: number | null;
  readonly decision: string | null;
};

/** Keeps the runs that are still ours and tells what is wanted of them; what is missing in the answer was taken. */
export async function keepRuns(
  pool: pg.Pool,
  held: readonly { readonly id: bigint; readonly epoch: bigint }[],
): Promise<readonly Beat[]> {
  if (held.length === 0) return [];
  const { rows } = await pool.query<Beat>({
    name: "keep_runs",
    text: `update runs r set lease_expires_at = clock_timestamp() + $3 * interval '1 millisecond'
             from unnest($1::bigint[], $2::bigint[]) as mine(id, epoch)
            where r.id = mine.id and r.epoch = mine.epoch and r.owner is not null
           returning r.id, r.state, r.wanted, r.throttle, r.decision`,
    values: [held.map(({ id }) => id), held.map(({ epoch }) => epoch), LEASE_MS],
  });
  return rows;
}

/** Writes, under the epoch, that the run is left in this state; resolves with whether it was still ours. */
export async function leaveRun(
  pool: pg.Pool | pg.PoolClient,
  { id, epoch }: { readonly id: bigint; readonly epoch: bigint },
  state: RunState,
  { result, error }: { readonly result?: unknown; readonly error?: unknown } = {},
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update runs set state = $3, owner = null, lease_expires_at = null, wanted = 'run', attempts = 0, epoch = epoch + 1,
            result = coalesce($4, result), error = $5,
            ended_at = case when $3 in ('succeeded', 'failed', 'cancelled') then clock_timestamp() end
      where id = $1 and epoch = $2`,
    [id, epoch, state, result === undefined ? null : JSON.stringify(result), error ? JSON.stringify(error) : null],
  );
  return rowCount === 1;
}

/**
 * Leaves a run that was told to stop, as operators want it by now: paused, to be cancelled, or to go on after all.
 * Resolves with whether it was still ours.
 */
export async function leaveStopped(
  pool: pg.Pool,
  { id, epoch }: { readonly id: bigint; readonly epoch: bigint },
): Promise<boolean> {
  const { rowCount } = await pool.query(
    `update runs set state = case wanted when 'pause' then 'paused' when 'cancel' then 'cancelling' else 'waiting' end,
            wanted = 'run', owner = null, lease_expires_at = null, attempts = 0, epoch = epoch + 1
      where id = $1 and epoch = $2`,
    [id, epoch],
  );
  return rowCount === 1;
}

/**
 * Gives a run back as it is, so that another worker need not wait for its lease to run out; nobody takes it for `restMs`. `failed`:
 * the attempt counts among those after which the run is given up.
 */
export async function releaseRun(
  pool: pg.Pool,
  { id, epoch }: { readonly id: bigint; readonly epoch: bigint },
  failed: boolean,
  restMs = 0,
): Promise<void> {
  await pool.query(
    `update runs set owner = null, attempts = greatest(attempts - $3, 0),
            lease_expires_at = case when $4 > 0 then clock_timestamp() + $4 * interval '1 millisecond' end
      where id = $1 and epoch = $2`,
    [id, epoch, failed ? 0 : 1, restMs],
  );
}
