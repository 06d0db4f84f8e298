import type pg from "pg";
import type { AlertState } from "@/lib/alerts/advance";
import type { Severity } from "@/lib/alerts/finding";
import { ruleOf } from "@/lib/alerts/rules";

/** A step of an alert and who takes it: the evaluator under the epoch of its duty, or an operator. */
export type StepTaken = {
  readonly alert: string;
  readonly from: AlertState | null;
  readonly to: AlertState;
  readonly by: string;
  readonly reason: string | null;
  readonly epoch: bigint | null;
};

/** What a channel is told of a step. The time of sending and the console's address are added when it is sent. */
export type Notice = {
  readonly type: string;
  readonly at: string;
  readonly data: {
    readonly alert: string;
    readonly rule: string;
    readonly subject: string;
    readonly severity: Severity;
    readonly state: AlertState;
    readonly title: string;
    readonly value: number;
    readonly unit: string;
    readonly since: string;
    readonly by: string;
    readonly reason: string | null;
    readonly cause: unknown;
  };
};

type Written = {
  readonly rule: string;
  readonly subject: string;
  readonly severity: Severity;
  readonly title: string;
  readonly value: number;
  readonly started_at: string;
  readonly cause: string;
  readonly seq: number;
  readonly at: string;
};

/**
 * Takes a step in the caller's transaction: the alert's row, the transition, and a notice for every channel that wants to be
 * told of it. There is never one without the others, so a crash loses none of them and doubles none. The caller holds the
 * alert's row locked.
 */
export async function writeStep(client: pg.PoolClient, step: StepTaken): Promise<void> {
  const { alert, from, to, by, reason, epoch } = step;
  const { rows } = await client.query<Written>({
    name: "write_alert_step",
    text: `with moved as (
             update alerts set state = $2, seq = seq + 1, changed_by = $4, change_reason = $5,
                    fired_at = case when $2 = 'pending' then null else coalesce(fired_at, clock_timestamp()) end,
                    fired_value = case when $2 = 'pending' then null else coalesce(fired_value, value) end,
                    resolved_at = case when $2 = 'resolved' then clock_timestamp() end
              where id = $1 returning *),
           noted as (
             insert into alert_transitions (alert, seq, from_state, to_state, severity, value, title, cause, by, reason, epoch)
               select id, seq, $3, $2, severity, value, title, cause, $4, $5, $6 from moved returning at)
           select m.rule, m.subject, m.severity, m.title, m.value, m.started_at, m.cause::text as cause, m.seq, noted.at from moved m, noted`,
    values: [alert, to, from, by, reason, epoch],
  });
  const [written] = rows;
  if (written) await writeNotices(client, step, written);
}

/** A channel hears of an end only when it was told of what has ended. */
async function writeNotices(client: pg.PoolClient, step: StepTaken, written: Written): Promise<void> {
  const rule = ruleOf(written.rule);
  if (step.to === "pending" || (step.to === "resolved" && rule?.tellsEnd === false)) return;
  const { rule: name, subject, severity, title, value, started_at: since, seq, at } = written;
  const notice: Notice = {
    type: `alert.${step.to}`,
    at,
    data: {
      ...{ alert: step.alert, rule: name, subject, severity, state: step.to, title, value, since },
      ...{ unit: rule?.unit ?? "", by: step.by, reason: step.reason, cause: JSON.parse(written.cause) as unknown },
    },
  };
  await client.query({
    name: "write_alert_notices",
    text: `insert into alert_deliveries (channel, alert, seq, body)
             select c.id, $1, $2, $3 from alert_channels c
              where c.enabled and $4 = any (c.states)
                and array_position(array['critical', 'warning', 'notice'], $5) <= array_position(array['critical', 'warning', 'notice'], c.least_severity)
                and ($4 <> 'resolved' or exists (select from alert_deliveries told where told.alert = $1 and told.channel = c.id))
           on conflict (alert, seq, channel) do nothing`,
    values: [step.alert, seq, JSON.stringify(notice), step.to, severity],
  });
}
