import type pg from "pg";
import { isConnectionLoss, isRetryable, sqlState } from "@/lib/db/unavailable";
import { Unavailable } from "@/lib/kernel/errors";
import { failpoint } from "@/lib/kernel/failpoint";
import type { HeldRun } from "@/lib/runs/held-run";
import { type ExecutedKind, type RunContext, RunStopped } from "@/lib/runs/run";
import { leaveRun, leaveStopped, releaseRun } from "@/lib/runs/run-lease";
import { attributes } from "@/lib/telemetry/attributes";
import { instruments } from "@/lib/telemetry/instruments";
import { withSpan } from "@/lib/telemetry/tracer";

/** What a run gets before it is tried again after the database failed it, in milliseconds. */
const REST_MS = 1_000;
/** For how long nobody takes a run that waits for what only others can bring. */
const AWAY_MS = 2_000;
const DECISION_LOOK_MS = 100;

/**
 * Carries a held run out until it ends or is to be left, and writes which of these it was. Never throws for the run's own
 * faults: they end it as failed. Throws when the database is away; then the lease runs out and the run is taken up again.
 */
export async function executeRun(pool: pg.Pool, kind: ExecutedKind, held: HeldRun): Promise<void> {
  const { traceparent: parent, phase } = held.claimed;
  const about = { [attributes.run]: String(held.id), [attributes.runKind]: kind.kind };
  await withSpan(`run ${kind.kind}`, { parent, attributes: about }, async (span) => {
    held.phases.enter(phase);
    await carryOut(pool, kind, held).finally(() => held.phases.leave());
    span.setAttribute(attributes.outcome, held.outcome ?? held.reason ?? "left");
  });
}

async function carryOut(pool: pg.Pool, kind: ExecutedKind, held: HeldRun): Promise<void> {
  const { claimed } = held;
  if (claimed.lostBy !== null) {
    await held.log(`goes on from its checkpoint with ${kind.kind}: worker ${claimed.lostBy} was lost`, "warn");
  }
  if (claimed.state === "cancelling") return undo(pool, kind, held);
  try {
    failpoint("run.after-claim");
    const result = await kind.run(contextOf(held));
    await held.finish();
    failpoint("run.before-end");
    await end(pool, kind, held, "succeeded", { result: result ?? null });
  } catch (error) {
    await leave(pool, kind, held, error);
  }
}

async function leave(pool: pg.Pool, kind: ExecutedKind, held: HeldRun, error: unknown): Promise<void> {
  switch (held.reason) {
    case "lost":
      return;
    case "worker-stops":
      await held.flush();
      return releaseRun(pool, held, false);
    case "pause":
      await held.flush();
      await held.log("paused at its checkpoint");
      await leaveStopped(pool, held);
      return;
    case "cancel":
      await held.enter("cancelling");
      return undo(pool, kind, held);
    case undefined:
      if (error instanceof RunStopped) return;
      if (isPassing(error)) return rest(pool, held, error);
      await held.flush();
      await held.log(messageOf(error), "error");
      await end(pool, kind, held, "failed", { error: factsOf(error) });
  }
}

/** Takes back what the run has made. When that fails it is tried again, and after too many times the run has failed. */
async function undo(pool: pg.Pool, kind: ExecutedKind, held: HeldRun): Promise<void> {
  try {
    await kind.undo?.(contextOf(held, true));
    await held.log("cancelled");
    await end(pool, kind, held, "cancelled");
  } catch (error) {
    if (held.reason === "lost" || error instanceof RunStopped) return;
    await held.log(`could not be taken back: ${messageOf(error)}`, "error");
    await rest(pool, held, error);
  }
}

async function end(
  pool: pg.Pool,
  { kind }: ExecutedKind,
  held: HeldRun,
  state: "succeeded" | "failed" | "cancelled",
  facts: { readonly result?: unknown; readonly error?: unknown } = {},
): Promise<void> {
  if (!(await leaveRun(pool, held, state, facts))) return;
  held.outcome = state;
  instruments().runsEnded.add(1, { [attributes.runKind]: kind, [attributes.outcome]: state });
}

/**
 * Rests, then gives the run back, so that it is tried again from its checkpoint. One that says that something has to come first, such
 * as a worker with other code, waits for that, in nobody's hands and for as long as it takes: that is no failure of the run.
 */
async function rest(pool: pg.Pool, held: HeldRun, error: unknown): Promise<void> {
  if (error instanceof Unavailable) {
    await held.logOnce(`waits: ${error.message}`).catch(() => undefined);
    return releaseRun(pool, held, false, AWAY_MS);
  }
  await held.log(`tries again: ${messageOf(error)}`, "warn").catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, REST_MS));
  await releaseRun(pool, held, true);
}

/** What the kind's code sees of the held run. Taking back is not stopped by the wish that began it. */
function contextOf(held: HeldRun, undoing = false): RunContext<unknown, unknown> {
  const { claimed } = held;
  if (undoing) held.forgive();
  return {
    id: held.id,
    subject: claimed.subject,
    input: JSON.parse(claimed.input),
    epoch: held.epoch,
    get checkpoint() {
      return held.checkpoint;
    },
    get signal() {
      return held.signal;
    },
    step: async (work) => {
      await held.step(work);
      held.throwIfStopped();
    },
    progress: (progress) => held.note(progress),
    kept: () => held.kept(),
    log: (message, level) => held.log(message, level),
    wait: (ms) => held.wait(ms),
    pace: (units) => held.pace(units),
    awaitDecision: (question, meanwhile) => awaitDecision(held, question, meanwhile),
  };
}

async function awaitDecision(held: HeldRun, question: string, meanwhile?: () => Promise<boolean>): Promise<string> {
  if (held.decision !== null) return held.decision;
  await held.flush();
  await held.enter("awaiting-decision");
  await held.log(question);
  while (held.decision === null) {
    held.throwIfStopped();
    if (!(await meanwhile?.())) await held.wait(DECISION_LOOK_MS);
  }
  await held.enter("running");
  return held.decision;
}

/** Whether it says something about the database or the moment, and nothing about the run. */
function isPassing(error: unknown): boolean {
  if (error instanceof Unavailable || isConnectionLoss(error) || isRetryable(error)) return true;
  return /^53|^57|^55P03|^25006|^25P0/.test(sqlState(error) ?? "");
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function factsOf(error: unknown): { readonly name: string; readonly message: string; readonly stack: string | null } {
  const clean = (text: string) => text.replaceAll("\0", "\u{fffd}");
  if (!(error instanceof Error)) return { name: "Error", message: clean(String(error)), stack: null };
  return { name: error.name, message: clean(error.message), stack: error.stack ? clean(error.stack) : null };
}
