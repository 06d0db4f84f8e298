import type pg from "pg";
import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { newId } from "@/lib/kernel/ids";
import { requiredReason } from "@/lib/operations/attribution";
import { observeUntil } from "@/lib/operations/observe-until";
import { type OperationContext, operation } from "@/lib/operations/operation";
import { advance } from "@/lib/processes/advance";
import { type Instance, lockInstances } from "@/lib/processes/instances";
import { type InstancePage, processInstance } from "@/lib/queries/process-instance";
import { currentTraceparent } from "@/lib/telemetry/tracer";

/** An instance after an act; `observed` when it has been seen to follow, not only to be told. */
export type InstanceSteered = { readonly instance: InstancePage; readonly observed: boolean };

const input = z.strictObject({ process: z.string().min(1).max(200), instance: z.string().min(1).max(512) });
type Input = z.output<typeof input>;
const common = {
  role: "operator",
  audited: true,
  target: ({ process, instance }: Input) => `${process} ${instance}`,
  typed: ({ instance }: Input) => instance,
} as const;

/** Has what an instance has to do next tried now, instead of when its pause is over. */
export const nudgeInstance = operation({
  ...{ name: "nudge-process-instance", ...common, input },
  act: async ({ pool }, { process, instance }, audit) =>
    held(pool, process, instance, async (client, { attempts }) => {
      const key = [process, instance];
      const commands = await client.query(
        `update process_commands set next_attempt_at = clock_timestamp()
          where process = $1 and instance = $2 and state = 'waiting' and attempts > 0`,
        key,
      );
      const timers = await client.query(
        `update process_timers set next_attempt_at = clock_timestamp()
          where process = $1 and instance = $2 and state = 'waiting' and attempts > 0`,
        key,
      );
      if ((commands.rowCount ?? 0) + (timers.rowCount ?? 0) === 0) {
        throw new TidemarkError("conflict", `Nothing of ${instance} waits to be tried again.`, { process, instance });
      }
      await wake(client, key);
      const summary = `Nudged ${instance} of ${process} after ${attempts} failures`;
      await audit(client, { type: "ProcessInstanceNudged", summary, facts: { process, instance, attempts } });
      return attempts;
    }),
  observe: (context, asked, attempts) =>
    observed(context, asked, ({ instance }) => instance.attempts === 0 || instance.attempts > attempts),
});

/** Fires a timer of an instance now. */
export const fireTimer = operation({
  ...{ name: "fire-process-timer", ...common },
  input: input.extend({ timer: z.string().min(1).max(200), reason: requiredReason }),
  act: async ({ pool }, { process, instance, timer }, audit) =>
    held(pool, process, instance, async (client) => {
      const { rowCount } = await client.query(
        `update process_timers set next_attempt_at = clock_timestamp()
          where process = $1 and instance = $2 and name = $3 and state = 'waiting'`,
        [process, instance, timer],
      );
      if (rowCount !== 1) throw new NotFound("waiting timer", `${timer} of ${instance}`);
      await wake(client, [process, instance]);
      const summary = `Fired the timer ${timer} of ${instance} of ${process}`;
      await audit(client, { type: "ProcessTimerFired", summary, facts: { process, instance, timer } });
    }),
  observe: (context, asked) =>
    observed(
      context,
      asked,
      ({ timers }) => !timers.some(({ name, state }) => name === asked.timer && state === "waiting"),
    ),
});

/** Ends an instance: what it has not sent is not sent, its timers are taken back, and what the process undoes is undone. */
export const cancelInstance = operation({
  ...{ name: "cancel-process-instance", ...common },
  input: input.extend({ reason: requiredReason }),
  act: async ({ pool, catalog, requestId }, { process, instance, reason }, audit) => {
    const definition = catalog.processes.find(({ name }) => name === process);
    if (!definition) throw new NotFound("process", process);
    return held(pool, process, instance, async (client, { row, now, correlationId }) => {
      if (row.status !== "running") {
        throw new TidemarkError("conflict", `${instance} is over: it has ${row.status}.`, { process, instance });
      }
      const id = newId();
      const traceparent = currentTraceparent();
      const cause = { correlationId, cause: requestId, traceparent };
      const given = { id, kind: "cancel", reason, position: null, at: now, ...cause } as const;
      await advance(client, definition, catalog, [{ instance: row, input: given }]);
      const summary = `Cancelled ${instance} of ${process}: ${reason}`;
      await audit(client, { type: "ProcessInstanceCancelled", summary, facts: { process, instance } });
    });
  },
  observe: (context, asked) =>
    observed(
      context,
      asked,
      ({ instance, commands }) => instance.status === "cancelled" && !commands.some(({ state }) => state === "waiting"),
    ),
});

type Held = { readonly row: Instance; readonly attempts: number; readonly now: string; readonly correlationId: string };

/** Acts on an instance while nobody else moves it. Throws `NotFound`. */
async function held<Result>(
  pool: pg.Pool,
  process: string,
  instance: string,
  act: (client: pg.PoolClient, held: Held) => Promise<Result>,
): Promise<Result> {
  return inTransaction(pool, async (client) => {
    const row = (await lockInstances(client, process, [instance])).get(instance);
    const { rows } = await client.query<{ attempts: number; now: string }>(
      "select attempts, clock_timestamp() as now from process_instances where process = $1 and instance = $2",
      [process, instance],
    );
    const [facts] = rows;
    if (!row || !facts) throw new NotFound("process instance", `${process} ${instance}`);
    return act(client, { row, ...facts, correlationId: row.correlationId });
  });
}

async function wake(client: pg.PoolClient, key: readonly string[]): Promise<void> {
  await client.query(
    "update process_instances set due_at = process_due_at(process, instance) where process = $1 and instance = $2",
    [...key],
  );
}

const OBSERVE_MS = 5_000;

async function observed(
  context: OperationContext,
  { process, instance }: Input,
  seen: (page: InstancePage) => boolean,
): Promise<InstanceSteered> {
  const found = await observeUntil({
    look: () => processInstance(context, process, instance),
    seen,
    patienceMs: OBSERVE_MS,
    signal: context.signal,
  });
  return { instance: found.found, observed: found.observed };
}
