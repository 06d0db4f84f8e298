import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { settleAlarms } from "@/lib/integrity/history-alarm";
import { TidemarkError } from "@/lib/kernel/errors";
import { requiredReason } from "@/lib/operations/attribution";
import { committed, operation } from "@/lib/operations/operation";

/**
 * Settles every open alarm that history was changed: what was found is known, and stays. It mends nothing, and whoever finds the same
 * again raises it again. Throws `conflict` when none is open.
 */
export const settleHistoryAlarm = operation({
  name: "settle-history-alarm",
  role: "admin",
  input: z.strictObject({ reason: requiredReason }),
  audited: true,
  target: () => "log",
  act: ({ pool, principal }, { reason }, audit) =>
    inTransaction(pool, async (client) => {
      const alarms = await settleAlarms(client, principal.id, reason);
      if (alarms === 0) throw new TidemarkError("conflict", "No alarm that history was changed is open.");
      await audit(client, {
        type: "HistoryAlarmSettled",
        summary: `Settled that history was changed (${alarms} ${alarms === 1 ? "alarm" : "alarms"})`,
        facts: { alarms },
      });
      return { settled: alarms };
    }),
  observe: async (_, __, settled) => committed("an alarm is a row that the next look of the rule reads", settled),
});
