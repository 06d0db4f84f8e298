import { z } from "zod";
import { ruleOf } from "@/lib/alerts/rules";
import { inTransaction } from "@/lib/db/in-transaction";
import { InvalidRequest, NotFound } from "@/lib/kernel/errors";
import { committed, operation } from "@/lib/operations/operation";
import { alertRules } from "@/lib/queries/alert-rules";

/** Settings by name; null goes back to what the code declares. */
export const ruleSettings = z
  .record(z.string().max(40), z.number().nullable())
  .refine((settings) => Object.keys(settings).length > 0, "must name a setting")
  .describe("Settings by name, as { seconds: 30 }; null: as declared in code");

/** Changes settings of an alert rule; the next evaluation goes by them. */
export const setAlertRule = operation({
  name: "set-alert-rule",
  role: "operator",
  input: z.strictObject({ rule: z.string().max(100), settings: ruleSettings }),
  audited: true,
  target: ({ rule }) => `rule ${rule}`,
  act: ({ pool, principal }, { rule: name, settings }, audit) =>
    inTransaction(pool, async (client) => {
      const rule = ruleOf(name);
      if (!rule) throw new NotFound("alert rule", name);
      for (const [setting, value] of Object.entries(settings)) {
        const declared = rule.settings.find((known) => known.name === setting);
        const fault = !declared
          ? `is no setting of ${name}; there are ${rule.settings.map((known) => known.name).join(", ")}`
          : value !== null && !(value >= declared.min && value <= declared.max)
            ? `must be from ${declared.min} to ${declared.max}`
            : undefined;
        if (fault) throw new InvalidRequest(`${setting} ${fault}.`, [{ path: `settings.${setting}`, message: fault }]);
        if (value === null) {
          await client.query("delete from alert_settings where rule = $1 and setting = $2", [name, setting]);
        } else {
          await client.query(
            `insert into alert_settings (rule, setting, value, changed_by) values ($1, $2, $3, $4)
             on conflict (rule, setting) do update set value = $3, changed_by = $4, changed_at = clock_timestamp()`,
            [name, setting, value, principal.id],
          );
        }
      }
      const words = Object.entries(settings).map(([setting, value]) => `${setting} ${value ?? "as declared"}`);
      await audit(client, {
        type: "AlertRuleSet",
        summary: `Set the rule ${name}: ${words.join(", ")}`,
        facts: { rule: name, settings },
      });
    }),
  observe: async (context, { rule }) => {
    const found = (await alertRules(context)).find(({ name }) => name === rule);
    return committed("a setting is a row that each evaluation reads", { rule: found });
  },
});
