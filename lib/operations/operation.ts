import type pg from "pg";
import type { z } from "zod";
import { hasRole, type Principal, type Role } from "@/lib/access/principal";
import type { Catalog } from "@/lib/catalog/catalog";
import type { Commands } from "@/lib/commands/handle";
import type { ReadDatabase } from "@/lib/db/read-database";
import type { EventStore, InlineConsumers } from "@/lib/event-store/store";
import { InvalidRequest, TidemarkError } from "@/lib/kernel/errors";
import { newId } from "@/lib/kernel/ids";
import { AUDIT_STREAM } from "@/lib/queries/audit-entries";

/** What operations work with, and who asks. `requestId` ties the audit entry to the answer. */
export type OperationContext = {
  readonly pool: pg.Pool;
  readonly reads: ReadDatabase;
  readonly store: EventStore;
  readonly catalog: Catalog;
  readonly commands: Commands;
  readonly inline: InlineConsumers;
  readonly principal: Principal;
  readonly requestId: string;
  readonly signal?: AbortSignal;
};

/** One line of the audit: an event type in the past tense, a sentence, and the facts. */
type AuditNote = {
  readonly type: string;
  readonly summary: string;
  readonly facts: Readonly<Record<string, unknown>>;
};

/** Writes the audit entry; in the transaction of the effect, so that there is never one without the other. */
export type Audit = (client: pg.PoolClient, note: AuditNote) => Promise<void>;

/**
 * An act of an operator. `act` carries it out and audits it in the same transaction; `observe` then waits until the effect
 * is seen and returns the answer. `audited: false` is for acts that the log itself records with their actor.
 */
export type OperationDefinition<Input extends z.ZodType, Acted, Result> = {
  readonly name: string;
  readonly role: Role;
  readonly input: Input;
  readonly audited: boolean;
  readonly act: (context: OperationContext, input: z.output<Input>, audit: Audit) => Promise<Acted>;
  readonly observe: (context: OperationContext, input: z.output<Input>, acted: Acted) => Promise<Result>;
};

/** An operation that can be called: it throws `forbidden`, `InvalidRequest`, and what its act throws. */
export type Operation<Input extends z.ZodType, Result> = {
  (context: OperationContext, input: z.input<Input>): Promise<Result>;
  readonly operationName: string;
  readonly role: Role;
  readonly input: Input;
};

/** Wraps an act in the only order in which acts are done: authorise, parse, act and audit as one, observe the effect. */
export function operation<Input extends z.ZodType, Acted, Result>(
  definition: OperationDefinition<Input, Acted, Result>,
): Operation<Input, Result> {
  const { name, role, input: schema, audited } = definition;
  const run = async (context: OperationContext, given: z.input<Input>): Promise<Result> => {
    if (!hasRole(context.principal, role)) {
      throw new TidemarkError(
        "forbidden",
        `${name} needs the role ${role}; ${context.principal.id} does not have it.`,
        {
          needed: role,
        },
      );
    }
    const parsed = schema.safeParse(given);
    if (!parsed.success) {
      const issues = parsed.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
      throw new InvalidRequest(`${name}: ${issues[0]?.path} ${issues[0]?.message}`, issues);
    }
    let entries = 0;
    const acted = await definition.act(context, parsed.data, async (client, note) => {
      entries += 1;
      await writeAudit(context, client, name, note);
    });
    if (audited && entries === 0) throw new TidemarkError("internal", `${name} acted without an audit entry.`);
    return definition.observe(context, parsed.data, acted);
  };
  return Object.assign(run, { operationName: name, role, input: schema });
}

async function writeAudit(
  { store, principal, requestId }: OperationContext,
  client: pg.PoolClient,
  name: string,
  { type, summary, facts }: AuditNote,
): Promise<void> {
  const data = JSON.stringify({ operation: name, summary, ...facts, by: principal.id, via: principal.via, requestId });
  await store.appendIn(client, {
    writes: [{ stream: AUDIT_STREAM, expectedVersion: "any", events: [{ type, schemaVersion: 1, data }] }],
    correlationId: newId(),
    actor: principal.id,
  });
}
