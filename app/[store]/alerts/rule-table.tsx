import { urls } from "@/app/_lib/urls";
import { formatDuration } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { StatusPill } from "@/app/_ui/status-pill";
import type { RuleRow } from "@/lib/queries/alert-rules";
import { SetRule } from "./set-rule.client";

/** Every rule in words, with its settings in force. */
export function RuleTable({ store, rules, mayAct }: { store: string; rules: readonly RuleRow[]; mayAct: boolean }) {
  return (
    <PlainTable label="Rules" heads={["Rule", "Worst", "When", num("Open"), { name: "Set", hidden: true }]}>
      {rules.map((rule) => (
        <tr key={rule.name} data-copy={rule.name}>
          <td className="first">
            <Link href={urls.alerts(store, { rule: rule.name })} data-row className="font-medium hover:text-brand">
              {rule.title}
            </Link>
          </td>
          <td className="second">
            <StatusPill status={rule.severity === "critical" ? "bad" : rule.severity === "warning" ? "warn" : "run"}>
              {rule.severity}
            </StatusPill>
          </td>
          <td className="break w-[55%] whitespace-normal text-muted">{inWords(rule)}</td>
          <td className="num">{rule.open}</td>
          <td>{mayAct ? <SetRule store={store} rule={rule} /> : null}</td>
        </tr>
      ))}
    </PlainTable>
  );
}

function inWords({ settings }: RuleRow): string {
  if (settings.some(({ name, value }) => name === "enabled" && value === 0)) return "switched off";
  return settings
    .filter(({ name }) => name !== "enabled")
    .map((setting) => `${settingWords(setting)}${setting.changedBy ? ` (set by ${setting.changedBy})` : ""}`)
    .join(" · ");
}

function settingWords({ name, words, value, unit }: RuleRow["settings"][number]): string {
  if ((name === "for" || name === "keep") && value === 0) return words.replace(/after$/, "at once");
  switch (unit) {
    case "s":
      return `${words} ${formatDuration(value * 1_000)}`;
    case "x":
      return `${words} ${value}×`;
    case "%":
      return `${words} ${value} %`;
    default:
      return `${words}: ${value}`;
  }
}
