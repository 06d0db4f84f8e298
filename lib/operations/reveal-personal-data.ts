import type pg from "pg";
import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { NotFound } from "@/lib/kernel/errors";
import { noKeyStore } from "@/lib/keys/rotate-keys";
import { requiredReason } from "@/lib/operations/attribution";
import { committed, type OperationContext, operation } from "@/lib/operations/operation";
import { personFields } from "@/lib/operations/request-shred";
import { type PersonalValue, personalValues } from "@/lib/privacy/field-states";
import { bringKeys, type SealedEvent } from "@/lib/privacy/keys-at-hand";

/** The personal values of one event. */
export type RevealedEvent = { readonly id: string; readonly fields: readonly PersonalValue[] };

/** What is revealed: of these events, all personal values or one person's. */
export const revealFields = {
  events: z.array(z.uuid()).min(1).max(50).describe("Ids of events, 50 at most"),
  digest: personFields.digest.describe("Only what is sealed for the person with this digest"),
};

/**
 * Shows personal values of events to a privacy officer who says why. The audit has which events, how many values, and never one
 * of them. Throws `not-found` for an event that is not there, `unavailable` when the key store does not answer.
 */
export const revealPersonalData = operation({
  name: "reveal-personal-data",
  role: "privacy-officer",
  input: z.strictObject({ ...revealFields, reason: requiredReason }),
  audited: true,
  target: ({ events }) => (events.length === 1 ? (events[0] ?? null) : null),
  act: async (context, { events: ids, digest }, audit) => {
    const events = await readSealedEvents(context.pool, ids);
    await bringKeys(context.keys, events);
    const only = digest === undefined ? undefined : await keyIds(context, digest);
    const revealed: readonly RevealedEvent[] = events.map((event) => ({
      id: event.id,
      fields: personalValues(event, context.catalog.personalPaths(event.type), only),
    }));
    const values = revealed.flatMap(({ fields }) => fields).filter(({ value }) => value !== null).length;
    const what = ids.length === 1 ? `event ${ids[0]}` : `${ids.length} events`;
    await inTransaction(context.pool, (client) =>
      audit(client, {
        type: "PersonalDataRevealed",
        summary: `Looked at ${values} personal values of ${what}`,
        facts: { events: ids, values, subject: digest ?? null },
      }),
    );
    return { events: revealed };
  },
  observe: async (_, __, revealed) => committed("what was read is the answer", revealed),
});

async function keyIds({ keys }: OperationContext, digest: string): Promise<ReadonlySet<string>> {
  if (!keys) throw noKeyStore();
  return new Set((await keys.personKeys(digest)).map(({ id }) => id));
}

/** What of events is bound to what is sealed in them, the newest first. Throws `not-found` for one that is not there. */
export async function readSealedEvents(pool: pg.Pool, ids: readonly string[]): Promise<readonly SealedEvent[]> {
  const { rows } = await pool.query<SealedEvent>(
    `select event_id as id, stream, type, tenant, data::text as data from events
      where event_id = any ($1::uuid[]) and position <= (select position from high_water) order by position desc`,
    [ids],
  );
  const missing = ids.find((id) => !rows.some((row) => row.id === id.toLowerCase()));
  if (missing !== undefined) throw new NotFound("event", missing);
  return rows;
}
