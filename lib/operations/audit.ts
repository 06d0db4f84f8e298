import type pg from "pg";
import type { Principal } from "@/lib/access/principal";
import { inTransaction } from "@/lib/db/in-transaction";
import type { EventStore } from "@/lib/event-store/store";
import type { TidemarkError } from "@/lib/kernel/errors";
import { newId } from "@/lib/kernel/ids";
import type { Attribution } from "@/lib/operations/attribution";
import { AUDIT_STREAM } from "@/lib/queries/audit-entries";

/** One line of the audit: an event type in the past tense, a sentence, and the facts. */
export type AuditNote = {
  readonly type: string;
  readonly summary: string;
  readonly facts: Readonly<Record<string, unknown>>;
};

/** Writes the audit entry; in the transaction of the effect, so that there is never one without the other. */
export type Audit = (client: pg.PoolClient, note: AuditNote) => Promise<void>;

/** Who attempts what on what. `requestId` ties the entry to the answer. */
export type Attempt = {
  readonly pool: pg.Pool;
  readonly store: EventStore;
  readonly principal: Principal;
  readonly requestId: string;
  readonly operation: string;
  readonly target: string | null;
  readonly attribution: Attribution;
};

/** Writes that an act was done, in the transaction of its effect. */
export async function auditDone(client: pg.PoolClient, attempt: Attempt, note: AuditNote): Promise<void> {
  await write(client, attempt, "done", note);
}

/** Writes that an act was attempted and refused, in a transaction of its own: what was refused left nothing else behind. */
export async function auditRefused(attempt: Attempt, refusal: TidemarkError): Promise<void> {
  const { operation, target } = attempt;
  const what = target === null ? operation : `${operation} of ${target}`;
  const summary = `Refused ${what}: ${refusal.message}`;
  await inTransaction(attempt.pool, (client) =>
    write(client, attempt, "refused", { type: "OperationRefused", summary, facts: { code: refusal.code } }),
  );
}

async function write(
  client: pg.PoolClient,
  { store, principal, requestId, operation, target, attribution }: Attempt,
  outcome: "done" | "refused",
  { type, summary, facts }: AuditNote,
): Promise<void> {
  const data = JSON.stringify({
    ...{ operation, outcome, summary: printable(summary), target: target === null ? null : printable(target) },
    ...{
      reason: attribution.reason ?? null,
      ticket: attribution.ticket ?? null,
      preview: attribution.approved ?? null,
    },
    ...facts,
    ...{ by: principal.id, via: principal.via, requestId },
  });
  await store.appendIn(client, {
    writes: [{ stream: AUDIT_STREAM, expectedVersion: "any", events: [{ type, schemaVersion: 1, data }] }],
    correlationId: newId(),
    actor: principal.id,
  });
}

/** What was asked for may hold what a payload may not: half a character, or U+0000. */
function printable(text: string): string {
  return text.slice(0, 1_000).replace(/[\p{Cc}\p{Cs}]/gu, "\u{fffd}");
}
