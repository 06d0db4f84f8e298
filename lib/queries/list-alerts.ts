import type { AlertState } from "@/lib/alerts/advance";
import type { Cause, Severity } from "@/lib/alerts/finding";
import { ruleOf } from "@/lib/alerts/rules";
import { checkLimit, checkText, invalid } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";
import { createValues } from "@/lib/queries/sql-values";

/** An alert as lists show it. Times are ISO 8601 UTC. */
export type AlertRow = {
  readonly id: string;
  readonly rule: string;
  /** What the rule is called on screen. */
  readonly ruleTitle: string;
  readonly subject: string;
  readonly severity: Severity;
  readonly state: AlertState;
  readonly title: string;
  readonly cause: Cause;
  readonly value: number;
  readonly unit: string;
  /** The value when it fired; null before it has. */
  readonly firedValue: number | null;
  readonly worstValue: number;
  readonly startedAt: string;
  readonly seenAt: string;
  readonly fineSince: string | null;
  readonly firedAt: string | null;
  readonly resolvedAt: string | null;
  /** Who took its last step, and why. */
  readonly changedBy: string | null;
  readonly changeReason: string | null;
  readonly silencedUntil: string | null;
};

/** A page of alerts: open ones the worst first, ended ones the newest first. */
export type AlertsPage = { readonly alerts: readonly AlertRow[]; readonly next: string | null };

/** What a page is asked by. `open` stands for every state but resolved. */
export type AlertsRequest = {
  readonly state?: AlertState | "open" | undefined;
  readonly rule?: string | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
};

/** Lists alerts; the open ones when nothing else is asked for. Throws `InvalidRequest`. */
export async function listAlerts({ reads }: QueryContext, request: AlertsRequest = {}): Promise<AlertsPage> {
  const limit = checkLimit(request.limit);
  const { state = "open", rule, cursor } = request;
  const { values, bind } = createValues();
  const ended = state === "resolved";
  const where = [`a.resolved_at is ${ended ? "not null" : "null"}`];
  if (state !== "open" && !ended) where.push(`a.state = ${bind(state)}`);
  if (rule !== undefined) where.push(`a.rule = ${bind(checkText(rule, "rule"))}`);
  if (ended) {
    if (cursor !== undefined) where.push(`a.id < ${bind(checkAlertId(cursor, "cursor"))}::bigint`);
  } else if (cursor !== undefined) {
    const [rank, id] = cursor.split("~");
    if (!/^[1-9]$/.test(rank ?? "")) throw invalid("cursor", "must be the `next` of a page");
    where.push(`(${RANK}, a.id) > (${bind(Number(rank))}::int, ${bind(checkAlertId(id ?? "", "cursor"))}::bigint)`);
  }
  const order = ended ? "a.id desc" : `${RANK}, a.id`;
  const rows = await reads.query<AlertRecord & { rank: number }>(
    `select ${alertColumns}, ${RANK} as rank from ${alertTables} where ${where.join(" and ")} order by ${order} limit ${bind(limit + 1)}::int`,
    values,
  );
  const last = rows[limit - 1];
  const next = rows.length > limit && last ? (ended ? String(last.id) : `${last.rank}~${last.id}`) : null;
  return { alerts: rows.slice(0, limit).map(toAlertRow), next };
}

// What fires stands before what somebody has taken up, and that before what is only looked at.
const RANK = `(case a.state when 'firing' then 0 when 'acknowledged' then 3 when 'pending' then 3 else 6 end
  + case a.severity when 'critical' then 1 when 'warning' then 2 else 3 end)`;

/** How many alerts fire that nobody has taken up, and whether one of them is critical; news is not counted. */
export type Firing = { readonly firing: number; readonly critical: boolean };

/** Counts what fires, for the navigation. */
export async function countFiring({ reads }: QueryContext): Promise<Firing> {
  const [row] = await reads.query<Firing>(
    `select count(*)::int as firing, coalesce(bool_or(severity = 'critical'), false) as critical
       from alerts where resolved_at is null and state = 'firing' and severity <> 'notice'`,
  );
  return row ?? { firing: 0, critical: false };
}

/** When the rules were evaluated last; `stale` when nobody has for 30 s, so that no alert can be trusted to be new. */
export type AlertWatch = {
  readonly evaluatedAt: string | null;
  readonly by: string | null;
  readonly stale: boolean;
  /** Rules that could not look in time: nothing is known of what they watch. */
  readonly blind: readonly string[];
};

/** Reads when the rules were evaluated last. */
export async function alertWatch({ reads }: QueryContext): Promise<AlertWatch> {
  const [row] = await reads.query<AlertWatch>(
    `select evaluated_at as "evaluatedAt", evaluated_by as by,
            coalesce(evaluated_at < clock_timestamp() - interval '30 seconds', true) as stale, blind from alert_watch`,
  );
  return row ?? { evaluatedAt: null, by: null, stale: true, blind: [] };
}

/** A row of `alertColumns`. */
export type AlertRecord = Omit<AlertRow, "id" | "ruleTitle" | "unit" | "cause"> & {
  readonly id: bigint;
  readonly cause: string;
};

/** The tables that `alertColumns` are of. */
export const alertTables = `alerts a left join alert_silences s on s.rule = a.rule and s.subject = a.subject and s.until > clock_timestamp()`;

/** The columns of `AlertRecord`. */
export const alertColumns = `a.id, a.rule, a.subject, a.severity, a.state, a.title, a.cause::text as cause, a.value, a.fired_value as "firedValue",
  a.worst_value as "worstValue", a.started_at as "startedAt", a.seen_at as "seenAt", a.fine_since as "fineSince", a.fired_at as "firedAt",
  a.resolved_at as "resolvedAt", a.changed_by as "changedBy", a.change_reason as "changeReason", s.until as "silencedUntil"`;

/** A row as lists show it. */
export function toAlertRow(record: AlertRecord): AlertRow {
  const rule = ruleOf(record.rule);
  const { id, rule: name, subject, severity, state, title, value, firedValue, worstValue, startedAt, seenAt } = record;
  const { fineSince, firedAt, resolvedAt, changedBy, changeReason, silencedUntil } = record;
  return {
    ...{ id: String(id), rule: name, ruleTitle: rule?.title ?? name, subject, severity, state, title },
    ...{ cause: JSON.parse(record.cause) as Cause, value, unit: rule?.unit ?? "", firedValue, worstValue },
    ...{ startedAt, seenAt, fineSince, firedAt, resolvedAt, changedBy, changeReason, silencedUntil },
  };
}

/** The id of an alert, with or without `A-`. Throws `InvalidRequest` naming `path`. */
export function checkAlertId(text: string, path: string): string {
  const id = text.replace(/^A-/i, "");
  if (/^[1-9]\d{0,17}$/.test(id)) return id;
  throw invalid(path, "must be the number of an alert");
}
