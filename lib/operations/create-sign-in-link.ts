import { z } from "zod";
import { createSignInLink as createLink, LINK_MINUTES } from "@/lib/access/sign-in-link";
import { inTransaction } from "@/lib/db/in-transaction";
import { attributionFields } from "@/lib/operations/attribution";
import { committed, operation } from "@/lib/operations/operation";

/** Makes a one-time link into the console. The secret is in the answer and nowhere else; the audit does not hold it. */
export const createSignInLink = operation({
  name: "create-sign-in-link",
  role: "admin",
  input: z.strictObject(attributionFields),
  audited: true,
  target: () => null,
  act: ({ pool }, _, audit) =>
    inTransaction(pool, async (client) => {
      const secret = await createLink(client);
      await audit(client, {
        type: "SignInLinkCreated",
        summary: `Made a one-time sign-in link, good for ${LINK_MINUTES} minutes`,
        facts: { minutes: LINK_MINUTES },
      });
      return secret;
    }),
  observe: async (_, __, secret) => committed("a link is a row until it is used", { secret, minutes: LINK_MINUTES }),
});
