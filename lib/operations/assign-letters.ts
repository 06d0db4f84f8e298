import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { consumerOfGroup } from "@/lib/operations/letter-choice";
import { committed, operation } from "@/lib/operations/operation";
import { deadLetterGroup } from "@/lib/queries/dead-letter-groups";

/** A person's name as operators write it; an empty one is nobody. */
export const assigneeName = z
  .string()
  .trim()
  .max(100)
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, "must not contain control characters")
  .describe("Whose it is; empty: nobody's");

/** Says whose a group of dead letters is. It holds until the last of its letters of now is closed. */
export const assignLetters = operation({
  name: "assign-dead-letters",
  role: "operator",
  input: z.strictObject({ group: z.string(), assignee: assigneeName }),
  audited: true,
  target: ({ group }) => `dead letters ${group}`,
  act: ({ pool, principal }, { group, assignee }, audit) =>
    inTransaction(pool, async (client) => {
      const consumer = await consumerOfGroup(client, group);
      const to = assignee === "" ? null : assignee;
      await client.query(
        `insert into dead_letter_groups as g (fingerprint, assignee, assigned_by, assigned_at)
           values ($1, $2, $3, case when $2::text is not null then clock_timestamp() end)
         on conflict (fingerprint) do update set assignee = excluded.assignee, assigned_by = excluded.assigned_by,
                assigned_at = excluded.assigned_at, touched_at = clock_timestamp()`,
        [group, to, principal.id],
      );
      await audit(client, {
        type: "DeadLettersAssigned",
        summary: `${to === null ? "Assigned to nobody" : `Assigned to ${to}`}: dead letters ${group} of ${consumer}`,
        facts: { group, consumer, assignee: to },
      });
    }),
  observe: async (context, { group }) =>
    committed("whose a cause is stands in its row, and nobody acts on it", await deadLetterGroup(context, group)),
});
