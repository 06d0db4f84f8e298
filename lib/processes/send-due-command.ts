import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { Commands } from "@/lib/commands/handle";
import type { Process } from "@/lib/define-process";
import type { EventStore } from "@/lib/event-store/store";
import { failpoint } from "@/lib/kernel/failpoint";
import { derivedId } from "@/lib/kernel/ids";
import { advance } from "@/lib/processes/advance";
import type { Instance } from "@/lib/processes/instances";
import { attributes } from "@/lib/telemetry/attributes";
import { instruments } from "@/lib/telemetry/instruments";

/** What sending needs of the engine. */
export type Sending = { readonly store: EventStore; readonly catalog: Catalog; readonly commands: Commands };

type DueCommand = {
  readonly id: string;
  readonly category: string;
  readonly target: string;
  readonly command: string;
  readonly input: string;
  readonly correlation_id: string;
  readonly causation_id: string;
  readonly traceparent: string | null;
};

/**
 * Sends the first waiting command of an instance, if its time has come, in the transaction that holds the instance's row:
 * its events and the note that it was answered are stored together, so nobody can send it again or answer it otherwise.
 * A no is an input of the process. False: there is nothing to send. Throws what command handling throws.
 */
export async function sendDueCommand(
  client: pg.PoolClient,
  process: Process,
  instance: Instance,
  { store, catalog, commands }: Sending,
): Promise<boolean> {
  const { rows } = await client.query<DueCommand>({
    name: "due_command",
    text: `select id, category, target, command, input, correlation_id, causation_id, traceparent from (
             select c.*, c.next_attempt_at <= clock_timestamp() as due from process_commands c
              where c.process = $1 and c.instance = $2 and c.state = 'waiting' order by c.seq limit 1) first where due`,
    values: [process.name, instance.instance],
  });
  const [due] = rows;
  if (!due) return false;
  const input: unknown = JSON.parse(due.input);
  const outcome = await commands.handle(
    {
      commandId: due.id,
      idempotencyKey: due.id,
      category: due.category,
      id: due.target,
      command: due.command,
      input,
      correlationId: due.correlation_id,
      causationId: due.causation_id,
      traceparent: due.traceparent,
      actor: `process:${process.name}`,
      tenant: instance.tenant,
    },
    (append) => store.appendIn(client, append),
  );
  failpoint("process.after-append");
  const accepted = outcome.outcome === "accepted";
  const answer = accepted
    ? { version: outcome.version, position: outcome.position === null ? null : String(outcome.position) }
    : { version: outcome.version, code: outcome.code, message: outcome.message };
  const answered = await client.query<{ at: string }>(
    `update process_commands set state = $2, outcome = $3, answered_at = clock_timestamp() where id = $1
     returning answered_at as at`,
    [due.id, outcome.outcome, JSON.stringify(answer)],
  );
  failpoint("process.after-answer");
  const { processCommands } = instruments();
  processCommands.add(1, {
    [attributes.process]: process.name,
    [attributes.command]: due.command,
    [attributes.outcome]: outcome.outcome,
  });
  if (outcome.outcome === "rejected") {
    const { category, target: id, command, correlation_id: correlationId, causation_id: cause } = due;
    const { code, message } = outcome;
    const rejection = { category, id, command, input, code, message };
    const at = answered.rows[0]?.at ?? "";
    const rejected = derivedId("rejection", due.id);
    const { traceparent } = due;
    const context = { id: rejected, position: null, at, correlationId, cause, traceparent } as const;
    await advance(client, process, catalog, [{ instance, input: { ...context, kind: "rejection", rejection } }]);
  }
  return true;
}
