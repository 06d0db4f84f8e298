import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { beginKey } from "@/lib/integrity/log-keys";
import { requiredReason } from "@/lib/operations/attribution";
import { committed, operation } from "@/lib/operations/operation";

/**
 * Begins a new signing key for the log in the place of the one that signs now, which signs nothing more from then on. Notes of before
 * stay verifiable with the keys of before. Throws `InvalidRequest` for what is no key of the log's name, and `conflict`.
 */
export const beginSigningKey = operation({
  name: "begin-signing-key",
  role: "admin",
  input: z.strictObject({ key: z.string().trim().min(1).max(1_000), reason: requiredReason }),
  audited: true,
  target: ({ key }) => key,
  typed: ({ key }) => key.split("+")[1] ?? key,
  act: ({ pool }, { key }, audit) =>
    inTransaction(pool, async (client) => {
      const begun = await beginKey(client, key);
      await audit(client, {
        type: "SigningKeyBegun",
        summary: `Began the signing key ${begun.key} after ${begun.fromSize} leaves, in the place of ${begun.replaces}`,
        facts: begun,
      });
      return begun;
    }),
  observe: async (_, __, begun) => committed("whoever signs holds the row that this act has locked", begun),
});
