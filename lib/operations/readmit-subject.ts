import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { requiredReason } from "@/lib/operations/attribution";
import { committed, operation } from "@/lib/operations/operation";
import { digestOf, personFields } from "@/lib/operations/request-shred";

/**
 * Begins the next key of a person who was forgotten and comes back, so that things are sealed for them again; what was forgotten
 * stays so. Throws `not-found` for somebody without keys, `conflict` for one who is not forgotten.
 */
export const readmitSubject = operation({
  name: "readmit-subject",
  role: "privacy-officer",
  input: z.strictObject({ ...personFields, reason: requiredReason }),
  audited: true,
  target: () => null,
  act: async (context, input, audit) => {
    const { keys, digest } = await digestOf(context, input);
    // The key store is another database: the entry comes after it, and a repeated act is told that the key is live.
    const key = await keys.beginEpoch(input.tenant ?? null, input.subject);
    return inTransaction(context.pool, async (client) => {
      const summary = `Took up again a person who was forgotten (epoch ${key.epoch})`;
      await audit(client, { type: "SubjectReadmitted", summary, facts: { subject: digest, epoch: key.epoch } });
      return { subject: digest, key };
    });
  },
  observe: async (_, __, begun) => committed("the next append of that person finds the key", begun),
});
