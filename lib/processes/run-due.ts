import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { pollLoop } from "@/lib/db/poll-loop";
import type { Process } from "@/lib/define-process";
import { failpoint } from "@/lib/kernel/failpoint";
import { ReactionFailed } from "@/lib/processes/advance";
import { fireDueTimer } from "@/lib/processes/fire-due-timer";
import { type Instance, lockInstances, takeDueInstance } from "@/lib/processes/instances";
import { type Sending, sendDueCommand } from "@/lib/processes/send-due-command";
import { isPassing } from "@/lib/subscriptions/record-fault";
import type { Logger } from "@/lib/telemetry/logger";

/** A worker's part in running processes. `pool` acts as the application and waits for the disk. */
export type DueWork = Sending & {
  readonly pool: pg.Pool;
  readonly processes: readonly Process[];
  readonly signal: AbortSignal;
  readonly log: Logger;
};

/** Instances that one worker moves at once. Each holds one connection, and takes another to read with. */
const LANES = 3;
const POLL_MS = 100;
/** A transaction that stands still for so long is ended by the server, so that its instance can go on elsewhere. */
const IDLE_MS = 3_000;

/**
 * Sends commands and fires timers that are due, until `signal` is aborted. Any number of workers may do so at once: an
 * instance is moved by whoever holds its row, one step a transaction, and what was being done when a worker died is
 * rolled back and done by another.
 */
export async function runDue(work: DueWork): Promise<void> {
  if (work.processes.length === 0) return;
  const lane = () =>
    pollLoop({
      signal: work.signal,
      idleMs: POLL_MS,
      errorMs: 100,
      maxErrorMs: 5_000,
      work: () => moveOne(work),
      onError: (error) => work.log.warn({ err: error }, "processes wait for the database"),
    });
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** The lock that every step holds, with all others, until its transaction ends: whoever gets it alone knows that none is under way. */
const STEPPING = "hashtextextended('tidemark.process-step:' || current_schema(), 0)";

/**
 * Waits until every step of any process that was under way has ended, at most `patienceMs`; steps that begin later see what
 * was committed before this was called. Resolves with whether they have.
 */
export async function stepsAreOver(pool: pg.Pool, patienceMs: number): Promise<boolean> {
  try {
    return await inTransaction(pool, async (client) => {
      await client.query(`set local lock_timeout = ${patienceMs}; select pg_advisory_xact_lock(${STEPPING})`);
      return true;
    });
  } catch (error) {
    if ((error as { code?: string }).code === LOCK_NOT_AVAILABLE) return false;
    throw error;
  }
}

const LOCK_NOT_AVAILABLE = "55P03";

/** What a step was doing when it failed. */
type Step = { process: Process; instance: Instance; doing: "command" | "timer" };

/** Moves one instance by one step; false: none has anything to do. */
async function moveOne(work: Omit<DueWork, "signal">): Promise<boolean> {
  let step: Step | undefined;
  try {
    await inTransaction(work.pool, async (client) => {
      await client.query(
        `set local idle_in_transaction_session_timeout = ${IDLE_MS}; select pg_advisory_xact_lock_shared(${STEPPING})`,
      );
      const taken = await takeDueInstance(client, work.processes);
      if (!taken) return;
      const { process, instance } = taken;
      step = { process, instance, doing: "command" };
      failpoint("process.after-take");
      if (!(await sendDueCommand(client, process, instance, work))) {
        step.doing = "timer";
        await fireDueTimer(client, process, instance, work.catalog);
      }
      await settle(client, process, instance);
      failpoint("process.before-commit");
    });
  } catch (error) {
    if (!step || isPassing(error)) throw error;
    await recordFailure(work, step, error);
  }
  if (step) failpoint("process.after-commit");
  return step !== undefined;
}

/** Writes on the instance when it has something to do again, and whether that has failed before. */
async function settle(client: pg.PoolClient, { name }: Process, { instance }: Instance): Promise<void> {
  await client.query({
    name: "settle_instance",
    text: `update process_instances set due_at = process_due_at(process, instance), attempts = process_attempts(process, instance)
            where process = $1 and instance = $2`,
    values: [name, instance],
  });
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 60_000;

/**
 * Notes what went wrong on the command or the timer, and makes that wait: 250 ms, doubling up to a minute, with a random
 * half. The rest of the instance and all others go on. Nothing is written where somebody else was quicker.
 */
async function recordFailure(work: Omit<DueWork, "signal">, { process, instance, doing }: Step, error: unknown) {
  const cause = error instanceof ReactionFailed ? error.cause : error;
  const [name, message] = cause instanceof Error ? [cause.name, cause.message] : ["Error", String(cause)];
  work.log.error(
    { err: cause, process: process.name, instance: instance.instance },
    `the ${doing} of a process failed`,
  );
  const [table, order] = doing === "command" ? ["process_commands", "seq"] : ["process_timers", "next_attempt_at"];
  await inTransaction(work.pool, async (client) => {
    const held = await lockInstances(client, process.name, [instance.instance]);
    if (held.size === 0) return;
    await client.query(
      `update ${table} set attempts = attempts + 1, error = $3, next_attempt_at = clock_timestamp()
                + least($5::float8, $4 * power(2, least(attempts, 20))) * (0.5 + random() / 2) * interval '1 millisecond'
        where id = (select id from ${table} where process = $1 and instance = $2 and state = 'waiting' order by ${order} limit 1)
          and next_attempt_at <= clock_timestamp()`,
      [
        process.name,
        instance.instance,
        JSON.stringify({ name, message }).replaceAll("\\u0000", "\\\\u0000"),
        FIRST_RETRY_MS,
        LAST_RETRY_MS,
      ],
    );
    await settle(client, process, instance);
  });
}
