import { plural } from "@/app/_ui/format";
import type { Status } from "@/app/_ui/glyph";
import { StatusPill } from "@/app/_ui/status-pill";
import type { AlertRow } from "@/lib/queries/list-alerts";

const severityStatus: Readonly<Record<AlertRow["severity"], Status>> = {
  critical: "bad",
  warning: "warn",
  notice: "run",
};

/** Where an alert stands, and how much it hurts. */
export function AlertState({ alert }: { alert: Pick<AlertRow, "state" | "severity"> }) {
  const { state, severity } = alert;
  const status: Status =
    state === "firing"
      ? severityStatus[severity]
      : ({ pending: "stale", acknowledged: "run", silenced: "idle", resolved: "ok" } as const)[state];
  return (
    <StatusPill status={status} title={severity}>
      {state === "firing" || state === "resolved" ? `${state} · ${severity}` : state}
    </StatusPill>
  );
}

/** A value with its unit: `72 s`, `14.4×`, `40 %`, `1 event`. */
export function alertValue(value: number | null, unit: string): string {
  if (value === null) return "–";
  if (unit === "x") return `${value}×`;
  if (unit.length > 1 && unit.endsWith("s")) return plural(value, unit.slice(0, -1));
  return unit === "" ? String(value) : `${value} ${unit}`;
}
