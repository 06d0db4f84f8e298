import { urls } from "@/app/_lib/urls";
import { formatAgo, formatDuration } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import type { AlertRow } from "@/lib/queries/list-alerts";
import { AlertState, alertValue } from "./alert-state";
import { causeLink } from "./cause-link";

/** Alerts: what, since when, how bad, who has it. */
export function AlertTable({ store, alerts, now }: { store: string; alerts: readonly AlertRow[]; now: number }) {
  return (
    <PlainTable
      label="Alerts"
      heads={["Alert", "State", num("Since"), num("Value"), "About", "Rule", "Last step"]}
      whole={false}
    >
      {alerts.map((alert) => (
        <tr key={alert.id} data-copy={`A-${alert.id}`}>
          <td className="first clip max-md:[contain:inline-size] md:w-[40%]">
            <Link href={urls.alert(store, alert.id)} data-row className="font-medium hover:text-brand">
              {alert.title}
            </Link>
          </td>
          <td className="second">
            <AlertState alert={alert} />
          </td>
          <td className="num text-muted">
            <time dateTime={alert.startedAt} title={alert.startedAt}>
              {alert.resolvedAt === null
                ? formatAgo(alert.startedAt, now)
                : `for ${formatDuration(Date.parse(alert.resolvedAt) - Date.parse(alert.startedAt))}`}
            </time>
          </td>
          <td className="num">{alertValue(alert.resolvedAt === null ? alert.value : alert.worstValue, alert.unit)}</td>
          <td>
            <About store={store} alert={alert} />
          </td>
          <td className="text-muted">{alert.ruleTitle}</td>
          <td className="clip text-muted md:w-[15%]" title={alert.changeReason ?? undefined}>
            {alert.silencedUntil === null
              ? lastStep(alert)
              : `silenced until ${alert.silencedUntil.slice(0, 16).replace("T", " ")} UTC`}
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}

/** Straight to what it is about, without its page between. */
function About({ store, alert: { cause, title } }: { store: string; alert: AlertRow }) {
  const { href, name } = causeLink(store, cause);
  return (
    <Link href={href} className="link" aria-label={`Open ${name}: ${title}`}>
      {name}
    </Link>
  );
}

function lastStep({ state, changedBy, changeReason }: AlertRow): string {
  if (state === "acknowledged") return `by ${changedBy ?? "somebody"}${changeReason ? `: ${changeReason}` : ""}`;
  return changeReason ?? "";
}
