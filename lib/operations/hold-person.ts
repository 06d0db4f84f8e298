import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { newId } from "@/lib/kernel/ids";
import { requiredReason } from "@/lib/operations/attribution";
import { committed, operation } from "@/lib/operations/operation";
import { digestOf, personOrDigestFields } from "@/lib/operations/request-shred";
import { readHold, releaseHold, setHold } from "@/lib/shred/legal-hold";

/** Sets a legal hold on a person: nothing of theirs is erased until it is released. Who it is, is kept as a digest only. */
export const setLegalHold = operation({
  name: "set-legal-hold",
  role: "privacy-officer",
  input: z.strictObject({ ...personOrDigestFields, reason: requiredReason }),
  audited: true,
  target: () => null,
  act: async (context, { subject, tenant, digest: known, reason, ticket }, audit) => {
    const { digest } = await digestOf(context, { subject, tenant, digest: known });
    return inTransaction(context.pool, async (client) => {
      const hold = { id: newId(), subject: digest, reason, setBy: context.principal.id };
      await setHold(client, { ...hold, tenant: tenant ?? null, ticket: ticket ?? null });
      const summary = "Set a legal hold on a person";
      await audit(client, { type: "LegalHoldSet", summary, facts: { hold: hold.id, subject: digest } });
      return digest;
    });
  },
  observe: async ({ pool }, _, digest) =>
    committed("a hold is a row that every approval and every shred reads", {
      hold: (await readHold(pool, digest)) ?? null,
    }),
});

/** Releases the legal hold that stands on a person. */
export const releaseLegalHold = operation({
  name: "release-legal-hold",
  role: "privacy-officer",
  input: z.strictObject({ ...personOrDigestFields, reason: requiredReason }),
  audited: true,
  target: () => null,
  act: async (context, { subject, tenant, digest: known, reason }, audit) => {
    const { digest } = await digestOf(context, { subject, tenant, digest: known });
    return inTransaction(context.pool, async (client) => {
      const hold = await releaseHold(client, digest, { by: context.principal.id, reason });
      const summary = "Released a legal hold on a person";
      await audit(client, { type: "LegalHoldReleased", summary, facts: { hold, subject: digest } });
      return hold;
    });
  },
  observe: async (_, __, hold) => committed("a hold that was released stands for nobody", { released: hold }),
});
