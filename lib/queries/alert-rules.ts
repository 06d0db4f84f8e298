import type { Severity } from "@/lib/alerts/finding";
import { rules, type Setting } from "@/lib/alerts/rules";
import type { QueryContext } from "@/lib/queries/query-context";

/** A rule with its settings in force. */
export type RuleRow = {
  readonly name: string;
  readonly title: string;
  readonly severity: Severity;
  readonly settings: readonly (Setting & {
    readonly value: number;
    /** Who changed it, and when; null while it is as declared. */
    readonly changedBy: string | null;
    readonly changedAt: string | null;
  })[];
  /** How many alerts of it are open. */
  readonly open: number;
};

/** Every rule, the worst first. */
export async function alertRules({ reads }: Pick<QueryContext, "reads">): Promise<readonly RuleRow[]> {
  const [changed, open] = await Promise.all([
    reads.query<{ rule: string; setting: string; value: number; by: string; at: string }>(
      "select rule, setting, value, changed_by as by, changed_at as at from alert_settings",
    ),
    reads.query<{ rule: string; open: number }>(
      "select rule, count(*)::int as open from alerts where resolved_at is null group by 1",
    ),
  ]);
  return rules.map(({ name, title, severity, settings }) => ({
    ...{ name, title, severity },
    settings: settings.map((setting) => {
      const own = changed.find((row) => row.rule === name && row.setting === setting.name);
      return {
        ...setting,
        value: own?.value ?? setting.default,
        changedBy: own?.by ?? null,
        changedAt: own?.at ?? null,
      };
    }),
    open: open.find((row) => row.rule === name)?.open ?? 0,
  }));
}
