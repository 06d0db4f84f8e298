import type pg from "pg";
import { sqlState } from "@/lib/db/unavailable";
import { TidemarkError } from "@/lib/kernel/errors";
import type { RunKind } from "@/lib/runs/run";
import { writeLine } from "@/lib/runs/run-log";
import { currentTraceparent } from "@/lib/telemetry/tracer";

/** A run to be made. Of two with the same `claim` only one can be live. */
export type NewRun = {
  readonly subject?: string | null;
  readonly claim?: string | null;
  /** What its lines, rows or events are called where the kind's own word does not fit. */
  readonly unit?: string | undefined;
  /** JSON for its executor. */
  readonly input: unknown;
  readonly throttle?: number | null;
  readonly requestedBy: string;
  readonly reason?: string | undefined;
  readonly ticket?: string | undefined;
};

/**
 * Makes a run in the caller's transaction, next to its audit entry; a worker takes it up once that commits. Returns its
 * id. Throws `conflict` when its claim is taken, naming the run that has it.
 */
export async function createRun(client: pg.PoolClient, kind: RunKind, run: NewRun): Promise<bigint> {
  await client.query("savepoint create_run");
  try {
    const { rows } = await client.query<{ id: bigint }>(
      `insert into runs (kind, unit, phases, phase, offers, subject, claim, input, throttle, requested_by, reason, ticket, traceparent)
         values ($1, $2, $3, ($3::text[])[1], $4, $5, $6, $7, $8, $9, $10, $11, $12) returning id`,
      [
        ...[kind.kind, run.unit ?? kind.unit, kind.phases, offersOf(kind)],
        ...[run.subject ?? null, run.claim ?? null, JSON.stringify(run.input), run.throttle ?? null],
        ...[run.requestedBy, run.reason ?? null, run.ticket ?? null, currentTraceparent()],
      ],
    );
    const id = rows[0]?.id;
    if (id === undefined) throw new TidemarkError("internal", "A run was not stored.");
    await writeLine(client, id, "info", `asked for by ${run.requestedBy}${run.reason ? `: ${run.reason}` : ""}`);
    return id;
  } catch (error) {
    if (sqlState(error) !== "23505") throw error;
    await client.query("rollback to savepoint create_run");
    throw await claimTaken(client, run.claim ?? "");
  }
}

function offersOf(kind: RunKind): readonly string[] {
  return [kind.promote && "promote", kind.revert && "revert", kind.throttled && "throttle"].filter(
    (act) => typeof act === "string",
  );
}

/** The refusal that names the live run with this claim. */
export async function claimTaken(client: pg.PoolClient, claim: string): Promise<TidemarkError> {
  const { rows } = await client.query<{ id: bigint; kind: string; state: string }>(
    "select id, kind, state from runs where claim = $1 and ended_at is null",
    [claim],
  );
  const [other] = rows;
  const which = other ? `Run ${other.id} (${other.kind}, ${other.state})` : "Another run";
  return new TidemarkError("conflict", `${which} is at the same thing. Wait for it, or cancel it.`, {
    run: other ? String(other.id) : null,
  });
}
