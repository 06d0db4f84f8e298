import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { Process, ProcessAct } from "@/lib/define-process";
import { failpoint } from "@/lib/kernel/failpoint";
import { derivedId } from "@/lib/kernel/ids";
import type { Instance } from "@/lib/processes/instances";
import { type ProcessInput, react } from "@/lib/processes/react";
import { recordInputs } from "@/lib/processes/record-inputs";
import { refold } from "@/lib/processes/refold";
import { type Moved, saveInstances } from "@/lib/processes/save-instances";

/** An input for an instance whose row this transaction holds. */
export type Given = { readonly instance: Instance; readonly input: ProcessInput };

/** A process threw on an input. `place` is the input's among those that were given; the cause is what was thrown. */
export class ReactionFailed extends Error {
  constructor(
    readonly place: number,
    cause: unknown,
  ) {
    super(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * Gives inputs to instances of a process, in order, and writes all that follows: inputs, state, commands, timers. What an
 * instance has seen before changes nothing, nor does what comes when it is over. Throws `ReactionFailed`.
 */
export async function advance(
  client: pg.PoolClient,
  process: Process,
  catalog: Catalog,
  given: readonly Given[],
): Promise<void> {
  // The last answers to what is over are put on record; events and timers have nobody left to reach.
  const heard = given.filter(({ instance, input }) => instance.status === "running" || input.kind === "rejection");
  const loaded = new Map<string, Moved>();
  // Before the new inputs are on record: what is folded anew is what had been seen so far.
  for (const { instance } of heard) {
    if (!loaded.has(instance.instance)) loaded.set(instance.instance, await load(client, process, catalog, instance));
  }
  const fresh = await recordInputs(client, process.name, heard);
  failpoint("process.after-inputs");
  for (const [place, { instance, input }] of given.entries()) {
    const moved = loaded.get(instance.instance);
    if (!moved || !fresh.delete(`${instance.instance} ${input.id}`)) continue;
    try {
      answer(process, moved, input);
    } catch (error) {
      throw new ReactionFailed(place, error);
    }
  }
  await saveInstances(
    client,
    process,
    [...loaded.values()].filter(({ inputs }) => inputs > 0),
  );
  failpoint("process.after-save");
}

async function load(client: pg.PoolClient, process: Process, catalog: Catalog, instance: Instance): Promise<Moved> {
  const { status, version } = instance;
  const state = version === process.version ? instance.state : await refold(client, process, catalog, instance);
  return { instance, state, status, inputs: 0, commands: [], timers: new Map() };
}

function answer(process: Process, moved: Moved, input: ProcessInput): void {
  moved.inputs += 1;
  if (moved.status !== "running") return;
  const { instance } = moved.instance;
  const step = react(process, moved.state, instance, input);
  if (input.kind === "cancel") moved.status = "cancelled";
  if (!step) return;
  moved.state = step.state;
  for (const [ordinal, act] of step.acts.entries()) perform(process.name, moved, input, act, String(ordinal));
  if (step.ended && moved.status === "running") moved.status = "ended";
}

/** Ids follow from the process, the instance, the input and the act's place: asked for again, it is the same command. */
function perform(process: string, moved: Moved, input: ProcessInput, act: ProcessAct, ordinal: string): void {
  const { instance } = moved.instance;
  const { id: inputId, correlationId, cause, traceparent = null } = input;
  if (act.act === "send") {
    const id = derivedId("process", process, instance, inputId, ordinal);
    moved.commands.push({ id, inputId, correlationId, cause, traceparent, act });
  } else if (act.act === "set-timer") {
    const id = derivedId("timer", process, instance, inputId, ordinal);
    const { name, afterMs } = act;
    moved.timers.set(name, { id, inputId, name, from: input.at, afterMs, correlationId, cause, traceparent });
  } else {
    moved.timers.set(act.name, null);
  }
}
