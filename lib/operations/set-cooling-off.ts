import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { requiredReason } from "@/lib/operations/attribution";
import { committed, operation } from "@/lib/operations/operation";
import { COOLING_MINUTES_MAX, readCoolingOff } from "@/lib/shred/cooling-off";

/** What is set. */
export const coolingOffFields = {
  minutes: z
    .int()
    .min(0)
    .max(COOLING_MINUTES_MAX)
    .describe("For how many minutes after its approval every request can at least be withdrawn"),
};

/**
 * Sets the least cooling-off time of requests to forget a person. Requests that were made keep theirs. An administrator does it, so
 * that nobody who asks and approves can shorten it by themselves.
 */
export const setCoolingOff = operation({
  name: "set-cooling-off",
  role: "admin",
  input: z.strictObject({ ...coolingOffFields, reason: requiredReason }),
  audited: true,
  target: () => "cooling off",
  act: ({ pool, principal }, { minutes }, audit) =>
    inTransaction(pool, async (client) => {
      const before = await readCoolingOff(client, "lock");
      await client.query(
        `insert into cooling_off (minutes, changed_by) values ($1, $2)
         on conflict (id) do update set minutes = $1, changed_by = $2, changed_at = clock_timestamp()`,
        [minutes, principal.id],
      );
      await audit(client, {
        type: "CoolingOffSet",
        summary: `Set the cooling-off time of requests to forget a person to at least ${minutes} minutes`,
        facts: { before: before.minutes, after: minutes },
      });
    }),
  observe: async ({ pool }) =>
    committed("it is a row that the database holds each new request against", await readCoolingOff(pool)),
});
