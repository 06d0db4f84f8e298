import type pg from "pg";
import { sqlState } from "@/lib/db/unavailable";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { claimTaken } from "@/lib/runs/create-run";
import { endStates, type RunAct, type RunFacts, type RunKind, type RunState, runKind } from "@/lib/runs/run";
import { writeLine } from "@/lib/runs/run-log";

type Steered = RunFacts & { readonly claim: string | null; readonly held: boolean; readonly started: boolean };

/** Locks a run in the operator's transaction. Throws `not-found`. */
async function lockRun(client: pg.PoolClient, id: bigint): Promise<Steered> {
  const { rows } = await client.query<Steered & { input: string; checkpoint: string | null; result: string | null }>(
    `select id, requested_by as "requestedBy", kind, subject, claim, state, phase, input, checkpoint, result, started_at is not null as started,
            owner is not null and lease_expires_at > clock_timestamp() as held
       from runs where id = $1 for update`,
    [id],
  );
  const [row] = rows;
  if (!row) throw new NotFound("run", String(id));
  const parsed = (text: string | null): unknown => (text === null ? null : JSON.parse(text));
  return { ...row, input: parsed(row.input), checkpoint: parsed(row.checkpoint), result: parsed(row.result) };
}

/** Asks a run to stop at its checkpoint. One that nobody works on is paused at once. Throws `conflict` for the rest. */
export async function pauseRun(client: pg.PoolClient, id: bigint, by: string): Promise<RunFacts> {
  const run = await lockRun(client, id);
  expectState(run, ["waiting", "running", "awaiting-decision", "paused"], "paused");
  await client.query(
    run.held
      ? "update runs set wanted = 'pause' where id = $1"
      : "update runs set state = 'paused', wanted = 'run', owner = null, epoch = epoch + 1 where id = $1",
    [id],
  );
  await writeLine(client, id, "info", `pause asked for by ${by}`);
  return run;
}

/** Lets a paused or failed run go on from its checkpoint. Throws `conflict` for the rest. */
export async function resumeRun(client: pg.PoolClient, id: bigint, by: string): Promise<RunFacts> {
  const run = await lockRun(client, id);
  expectState(run, ["paused", "failed", "waiting", "running", "awaiting-decision"], "resumed");
  if (run.state === "paused" || run.state === "failed") {
    await client.query("savepoint resume_run");
    try {
      await client.query(
        "update runs set state = 'waiting', wanted = 'run', ended_at = null, error = null, attempts = 0 where id = $1",
        [id],
      );
    } catch (error) {
      if (sqlState(error) !== "23505") throw error;
      await client.query("rollback to savepoint resume_run");
      throw await claimTaken(client, run.claim ?? "");
    }
  } else await client.query("update runs set wanted = 'run' where id = $1 and wanted = 'pause'", [id]);
  await writeLine(client, id, "info", `resumed by ${by}`);
  return run;
}

/**
 * Asks a run to end and to take back what it has made. One that was never begun, or whose kind has nothing to take back and
 * that nobody works on, is cancelled at once. Throws `conflict` for runs that have ended.
 */
export async function cancelRun(
  client: pg.PoolClient,
  kinds: readonly RunKind[],
  id: bigint,
  by: string,
): Promise<RunFacts> {
  const run = await lockRun(client, id);
  const leavesNothing = !run.started || kinds.some(({ kind, undo }) => kind === run.kind && undo === undefined);
  expectState(run, ["waiting", "running", "awaiting-decision", "paused", "cancelling", "failed"], "cancelled");
  await client.query(
    run.held
      ? "update runs set wanted = 'cancel' where id = $1"
      : leavesNothing
        ? "update runs set state = 'cancelled', wanted = 'run', owner = null, epoch = epoch + 1, ended_at = clock_timestamp() where id = $1"
        : "update runs set state = 'cancelling', wanted = 'run', owner = null, epoch = epoch + 1, ended_at = null, attempts = 0 where id = $1",
    [id],
  );
  await writeLine(client, id, "info", `cancel asked for by ${by}`);
  return run;
}

/** Limits a run to so many units a second, or lifts the limit with null. Throws `conflict` for kinds that know no limit. */
export async function throttleRun(
  client: pg.PoolClient,
  kinds: readonly RunKind[],
  id: bigint,
  perSecond: number | null,
): Promise<RunFacts> {
  const run = await lockRun(client, id);
  if (!runKind(kinds, run.kind).throttled) throw refused(run, `A ${run.kind} run cannot be slowed down.`);
  expectState(run, ["waiting", "running", "paused", "awaiting-decision"], "throttled");
  await client.query("update runs set throttle = $2 where id = $1", [id, perSecond]);
  await writeLine(client, id, "info", perSecond === null ? "throttle lifted" : `throttled to ${perSecond} a second`);
  return run;
}

/** Does an act that the run's kind offers. Resolves with the run and what was done. Throws `conflict` where it offers none. */
export async function actOnRun(
  client: pg.PoolClient,
  kinds: readonly RunKind[],
  id: bigint,
  act: "promote" | "revert",
): Promise<{ readonly run: RunFacts; readonly done: string }> {
  const run = await lockRun(client, id);
  const offered: RunAct | undefined = runKind(kinds, run.kind)[act];
  if (!offered) throw refused(run, `A ${run.kind} run has nothing to ${act}.`);
  const done = await offered(client, run, async (decision) => {
    await client.query("update runs set decision = $2 where id = $1", [id, decision]);
  });
  await writeLine(client, id, "info", done);
  return { run, done };
}

function expectState(run: RunFacts, allowed: readonly RunState[], what: string): void {
  if (allowed.includes(run.state)) return;
  const why = endStates.includes(run.state)
    ? `has ${run.state === "succeeded" ? "ended" : run.state}`
    : `is ${run.state}`;
  throw refused(run, `Run ${run.id} ${why} and cannot be ${what}.`);
}

function refused(run: RunFacts, message: string): TidemarkError {
  return new TidemarkError("conflict", message, { run: String(run.id), state: run.state });
}
