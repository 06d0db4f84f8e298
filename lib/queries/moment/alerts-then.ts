import type { AlertState } from "@/lib/alerts/advance";
import type { Cause, Severity } from "@/lib/alerts/finding";
import { ruleOf } from "@/lib/alerts/rules";
import type { QueryContext } from "@/lib/queries/query-context";

/** An alert as its last step before a moment left it. */
export type AlertThen = {
  readonly id: string;
  readonly rule: string;
  readonly ruleTitle: string;
  readonly subject: string;
  readonly severity: Severity;
  readonly state: Exclude<AlertState, "resolved">;
  /** Null where it was not kept what the alert was called then. */
  readonly title: string | null;
  readonly value: number;
  readonly unit: string;
  /** When its value and title were written: that of the step. */
  readonly stepAt: string;
  readonly startedAt: string;
  /** When it was over, if it is. */
  readonly resolvedAt: string | null;
  readonly cause: Cause;
};

const ALERTS_MAX = 100;
/** Alerts that ended after the moment are looked at up to here. */
const ENDED_MAX = 2_000;

type Row = Omit<AlertThen, "id" | "ruleTitle" | "unit" | "cause"> & { readonly id: bigint; readonly cause: string };

/** The alerts that were open at `at`, the worst first; a condition that had not fired and never did is not kept. */
export async function alertsThen({ reads }: QueryContext, at: string): Promise<readonly AlertThen[]> {
  const rows = await reads.query<Row>(
    `select a.id, a.rule, a.subject, t.severity, t.to_state as state, t.title, t.value, t.at as "stepAt", a.started_at as "startedAt",
            a.resolved_at as "resolvedAt", t.cause::text as cause
       from (select * from alerts open where open.resolved_at is null
             union all
             (select * from alerts ended where ended.resolved_at > $1::timestamptz order by ended.resolved_at limit ${ENDED_MAX})) a
      cross join lateral (select s.* from alert_transitions s where s.alert = a.id and s.at <= $1::timestamptz order by s.seq desc limit 1) t
      where a.started_at <= $1::timestamptz and t.to_state <> 'resolved'
      order by array_position(array['firing', 'acknowledged', 'pending', 'silenced'], t.to_state),
               array_position(array['critical', 'warning', 'notice'], t.severity), a.id
      limit ${ALERTS_MAX}`,
    [at],
  );
  return rows.map(({ id, cause, ...row }) => {
    const rule = ruleOf(row.rule);
    return {
      ...row,
      id: String(id),
      ruleTitle: rule?.title ?? row.rule,
      unit: rule?.unit ?? "",
      cause: JSON.parse(cause) as Cause,
    };
  });
}
