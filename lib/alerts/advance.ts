import type { Found } from "@/lib/alerts/find-all";
import { atLeast, type Cause, type Finding, type Severity } from "@/lib/alerts/finding";
import { type RuleName, settingOf } from "@/lib/alerts/rules";

/** The states of an alert. */
export type AlertState = "pending" | "firing" | "acknowledged" | "silenced" | "resolved";

/** An alert that is open, as it stands in its row. Times in milliseconds of the database's clock. */
export type OpenAlert = {
  readonly id: string;
  readonly rule: string;
  readonly subject: string;
  readonly severity: Severity;
  readonly state: Exclude<AlertState, "resolved">;
  readonly startedAt: number;
  readonly fineSince: number | null;
  readonly value: number;
  readonly worstValue: number;
  readonly title: string;
  readonly cause: Cause;
};

/** A step of an alert to a state. Every such step is told of. */
type Step = { readonly to: AlertState; readonly reason: string | null };

/** What becomes of one alert. `finding` is what to write of it now; `null` leaves what was written. */
export type Change =
  | { readonly kind: "open"; readonly rule: RuleName; readonly finding: Finding; readonly step: Step }
  | {
      readonly kind: "keep";
      readonly alert: OpenAlert;
      readonly finding: Finding | null;
      readonly fineSince: number | null;
      readonly step: Step | null;
    }
  /** A condition that did not last: it was never an alert. */
  | { readonly kind: "forget"; readonly alert: OpenAlert };

/** What the decision rests on. `silencedUntil` is keyed by `keyOf`. */
export type Situation = {
  readonly now: number;
  readonly open: readonly OpenAlert[];
  readonly found: readonly Found[];
  readonly silencedUntil: ReadonlyMap<string, number>;
};

/** What names a cause: a rule and its subject. */
export function keyOf(rule: string, subject: string): string {
  return `${rule}\n${subject}`;
}

/**
 * What becomes of every alert now. It fires when its condition has held for the rule's `for`, and is over when it has been gone
 * for `keep`; where nothing can be said it stays as it is, and no time counts towards its end. Pure: the same situation always
 * gives the same changes, so an evaluation that was broken off is simply done again.
 */
export function advance({ now, open, found, silencedUntil }: Situation): readonly Change[] {
  const alerts = new Map(open.map((alert) => [keyOf(alert.rule, alert.subject), alert]));
  const firing = new Set(
    open.filter(({ state }) => state !== "pending").map(({ rule, subject }) => keyOf(rule, subject)),
  );
  const changes: Change[] = [];
  for (const { rule, settings, findings } of found) {
    const enabled = settingOf(settings, "enabled") !== 0;
    // A rule that could not look says as little as one that cannot tell: what is open stays.
    if (findings === null) {
      for (const alert of open.filter((one) => one.rule === rule.name)) {
        alerts.delete(keyOf(alert.rule, alert.subject));
        changes.push({ kind: "keep", alert, finding: null, fineSince: null, step: null });
      }
      continue;
    }
    for (const finding of findings) {
      const key = keyOf(rule.name, finding.subject);
      const alert = alerts.get(key);
      alerts.delete(key);
      const better = rule.saidBetterBy.some(
        (name) => firing.has(keyOf(name, finding.subject)) || firing.has(keyOf(name, "store")),
      );
      const silenced = (silencedUntil.get(key) ?? 0) > now;
      if (finding.verdict === "held") {
        if (alert) changes.push({ kind: "keep", alert, finding: null, fineSince: null, step: null });
      } else if (!alert || alert.state === "pending") {
        if (better) {
          if (alert) changes.push({ kind: "forget", alert });
          continue;
        }
        const due = now - (alert?.startedAt ?? now) >= settingOf(settings, "for") * 1_000;
        const step: Step | null = due
          ? { to: silenced ? "silenced" : "firing", reason: silenced ? "it was silenced before" : null }
          : null;
        if (due) firing.add(key);
        if (!alert)
          changes.push({ kind: "open", rule: rule.name, finding, step: step ?? { to: "pending", reason: null } });
        else changes.push({ kind: "keep", alert, finding, fineSince: null, step });
      } else {
        changes.push({ kind: "keep", alert, finding, fineSince: null, step: stepOfFiring(alert, finding, silenced) });
      }
    }
    for (const [key, alert] of alerts) {
      if (alert.rule !== rule.name) continue;
      alerts.delete(key);
      changes.push(endOf(alert, now, enabled ? settingOf(settings, "keep") * 1_000 : 0, enabled));
    }
  }
  // What no rule of this code knows any more would stay open for ever.
  for (const alert of alerts.values()) changes.push(endOf(alert, now, 0, false));
  return changes;
}

/** The next step of an alert that has fired and whose condition holds. */
function stepOfFiring(alert: OpenAlert, finding: Finding, silenced: boolean): Step | null {
  if (alert.state === "silenced") return silenced ? null : { to: "firing", reason: "its silence is over" };
  const worse = finding.severity !== alert.severity && atLeast(finding.severity, alert.severity);
  return worse ? { to: "firing", reason: `worse: ${alert.severity} before` } : null;
}

function endOf(alert: OpenAlert, now: number, keepMs: number, enabled: boolean): Change {
  if (alert.state === "pending") return { kind: "forget", alert };
  const fineSince = alert.fineSince ?? now;
  const over = now - fineSince >= keepMs;
  const reason = enabled ? null : "the rule was switched off";
  return { kind: "keep", alert, finding: null, fineSince, step: over ? { to: "resolved", reason } : null };
}
