import type pg from "pg";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { createRun, type NewRun } from "@/lib/runs/create-run";
import { endStates, type RunKind, type RunState } from "@/lib/runs/run";
import { writeLine } from "@/lib/runs/run-log";

/**
 * Runs whose work comes from outside, part by part, and that no worker carries out. Their sender holds them by an epoch, as
 * a worker holds its runs; where somebody else sends on, the one before is fenced off.
 */
export type Feed = { readonly id: bigint; readonly epoch: bigint };

/** A fed run after a part: whether the sender may go on, and how fast, in units a second; null without a limit. */
export type Fed = { readonly state: RunState; readonly throttle: number | null };

/** A run of which nothing has come for so long waits for whoever sends the rest; milliseconds of the database's clock. */
const SILENCE_MS = 10_000;

/**
 * Takes the run of this claim in the caller's transaction: makes it, or goes on with the one that has not ended, whoever fed
 * it before. Throws `conflict` when operators want it to stand still; its fact `state` says which.
 */
export async function takeFeed(
  client: pg.PoolClient,
  kind: RunKind,
  run: NewRun & { readonly claim: string },
  sender: string,
): Promise<{ readonly feed: Feed; readonly made: boolean }> {
  let made = false;
  let found = await lockClaim(client, run.claim);
  if (!found) {
    made = await createRun(client, kind, run).then(
      () => true,
      // Somebody else made it in this moment.
      (error: unknown) => (error instanceof TidemarkError && error.code === "conflict" ? false : Promise.reject(error)),
    );
    found = await lockClaim(client, run.claim);
  }
  if (!found) throw new TidemarkError("conflict", "The run of this claim has just ended. Begin it again.");
  const refusal = refusalOf(found, found.epoch);
  if (refusal) throw refusal;
  const { rows } = await client.query<{ epoch: bigint }>(
    `update runs set state = 'running', owner = $2, epoch = epoch + 1, started_at = coalesce(started_at, clock_timestamp()),
            phase_at = coalesce(phase_at, clock_timestamp()),
            lease_expires_at = clock_timestamp() + ${SILENCE_MS} * interval '1 millisecond'
      where id = $1 returning epoch`,
    [found.id, sender],
  );
  if (!made) await writeLine(client, found.id, "info", `sent on by ${sender}`);
  return { feed: { id: found.id, epoch: rows[0]?.epoch ?? 0n }, made };
}

/** Asks whether a part may be taken. Does what operators have asked for meanwhile. Throws `conflict` in words, `not-found`. */
export async function admitFeed(pool: pg.Pool, { id, epoch }: Feed): Promise<void> {
  const run = await readStanding(pool, id);
  if (run.wanted !== "run") {
    await pool.query(`update runs set ${asWanted("waiting")} where id = $1 and epoch = $2 and wanted <> 'run'`, [
      id,
      epoch,
    ]);
  }
  const refusal = refusalOf(run, epoch);
  if (refusal) throw refusal;
}

/**
 * Keeps a fed run for its sender and notes how far it is: a statement to stand, as a CTE, beside what the part writes. It
 * takes `$1` id, `$2` epoch and `$3` done, and gives the id; nothing when the feed was lost (`lostFeed` says why).
 */
export const KEEP_FEED = `update runs
    set state = 'running', done = greatest(done, $3), lease_expires_at = clock_timestamp() + ${SILENCE_MS} * interval '1 millisecond'
  where id = $1 and epoch = $2 and state in ('running', 'waiting') returning id`;

/** Why a feed is not taken any more. */
export async function lostFeed(client: pg.Pool | pg.PoolClient, { id, epoch }: Feed): Promise<TidemarkError> {
  const gone = new TidemarkError("conflict", `Run ${id} does not take this part any more.`, { run: String(id) });
  return refusalOf(await readStanding(client, id), epoch) ?? gone;
}

/**
 * Ends a part in the transaction of what it settled: `done` stands, and what operators have asked for meanwhile is done.
 * `total` is null when nobody can know. Throws `conflict` when the feed was lost.
 */
export async function moveFeed(
  client: pg.PoolClient,
  feed: Feed,
  { done, total, problems }: { readonly done: number; readonly total: number | null; readonly problems: number },
): Promise<Fed> {
  const { rows } = await client.query<Fed>({
    name: "move_feed",
    text: `with moved as (
        update runs set ${asWanted("running")}, done = $3, total = case when $4::bigint is not null then greatest($3, $4) end, problems = problems + $5, steps = steps + 1
         where id = $1 and epoch = $2 and state in ('running', 'waiting')
        returning id, state, throttle, phase, done, total
      ), dropped as (
        delete from run_samples where run = $1 and at < clock_timestamp() - interval '10 minutes'
      ), sampled as (
        insert into run_samples (run, phase, done, total) select id, phase, done, total from moved
         where not exists (select from run_samples s where s.run = moved.id and s.at > clock_timestamp() - interval '2 seconds')
        on conflict do nothing
      )
      select state, throttle from moved`,
    values: [feed.id, feed.epoch, done, total, problems],
  });
  const [moved] = rows;
  if (!moved) throw await lostFeed(client, feed);
  if (moved.state !== "running") await writeLine(client, feed.id, "info", `${moved.state} after ${done}`);
  return moved;
}

/**
 * Leaves the fed runs of these kinds of which nothing comes any more: they wait for the rest, or are paused or cancelled if
 * that was asked for. A sender that was only slow goes on where it was.
 */
export async function leaveSilentFeeds(pool: pg.Pool, kinds: readonly string[]): Promise<void> {
  if (kinds.length === 0) return;
  const { rows } = await pool.query<{ id: bigint; state: RunState; done: bigint }>(
    `update runs set ${asWanted("waiting")}
      where ended_at is null and kind = any ($1) and state = 'running' and lease_expires_at <= clock_timestamp()
     returning id, state, done`,
    [kinds],
  );
  for (const { id, state, done } of rows) {
    const what = state === "waiting" ? "waits for the rest" : state;
    await writeLine(pool, id, "warn", `nothing came for ${SILENCE_MS / 1_000} s after ${done}: ${what}`);
  }
}

/** What becomes of a fed run between two parts: what operators want of it, or else `otherwise`. */
function asWanted(otherwise: "running" | "waiting"): string {
  const silence = `${SILENCE_MS} * interval '1 millisecond'`;
  return `state = case wanted when 'pause' then 'paused' when 'cancel' then 'cancelled' else '${otherwise}' end,
    ended_at = case wanted when 'cancel' then clock_timestamp() end,
    lease_expires_at = ${otherwise === "running" ? `case wanted when 'run' then clock_timestamp() + ${silence} end` : "null"},
    epoch = epoch + case wanted when 'run' then 0 else 1 end, wanted = 'run'`;
}

type Standing = {
  readonly id: bigint;
  readonly kind: string;
  readonly subject: string | null;
  readonly state: RunState;
  readonly wanted: "run" | "pause" | "cancel";
  readonly epoch: bigint;
  readonly owner: string | null;
};

const STANDING = "select id, kind, subject, state, wanted, epoch, owner from runs";

async function lockClaim(client: pg.PoolClient, claim: string): Promise<Standing | undefined> {
  const { rows } = await client.query<Standing>(`${STANDING} where claim = $1 and ended_at is null for no key update`, [
    claim,
  ]);
  return rows[0];
}

async function readStanding(client: pg.Pool | pg.PoolClient, id: bigint): Promise<Standing> {
  const { rows } = await client.query<Standing>(`${STANDING} where id = $1`, [id]);
  const [run] = rows;
  if (!run) throw new NotFound("run", String(id));
  return run;
}

/** Why nothing is taken for a run under this epoch, in words; undefined when it is. */
function refusalOf(
  { id, kind, subject, state, wanted, owner, epoch }: Standing,
  given: bigint,
): TidemarkError | undefined {
  const name = `Run ${id} (${kind}${subject === null ? "" : ` of ${subject}`})`;
  const refused = (message: string, as: RunState) =>
    new TidemarkError("conflict", `${name} ${message}`, { run: String(id), state: as });
  if (wanted === "cancel" || state === "cancelling" || state === "cancelled") {
    return refused("was cancelled. What it had stored stays.", "cancelled");
  }
  if (wanted === "pause" || state === "paused") return refused("is paused. Resume it, then send on.", "paused");
  if (endStates.includes(state)) return refused(`has ${state}. Nothing can be added to it.`, state);
  if (epoch === given) return undefined;
  return refused(`is sent on by ${owner ?? "somebody else"}. Nothing more is taken from this sender.`, state);
}
