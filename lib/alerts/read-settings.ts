import { type RuleName, rules, type Settings, settingsOf } from "@/lib/alerts/rules";
import type { ReadDatabase } from "@/lib/db/read-database";

/** The settings of every rule in force. */
export async function readSettings(reads: ReadDatabase): Promise<ReadonlyMap<RuleName, Settings>> {
  const rows = await reads.query<{ rule: string; setting: string; value: number }>(
    "select rule, setting, value from alert_settings",
  );
  return new Map(
    rules.map((rule) => {
      const own = rows.filter((row) => row.rule === rule.name);
      return [rule.name, settingsOf(rule, new Map(own.map(({ setting, value }) => [setting, value])))];
    }),
  );
}
