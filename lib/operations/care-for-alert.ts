import type pg from "pg";
import { z } from "zod";
import type { AlertState } from "@/lib/alerts/advance";
import { writeStep } from "@/lib/alerts/write-step";
import { inTransaction } from "@/lib/db/in-transaction";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { microseconds } from "@/lib/kernel/time";
import { requiredReason } from "@/lib/operations/attribution";
import { committed, operation } from "@/lib/operations/operation";
import { checkSnoozeTime } from "@/lib/operations/snooze-letters";
import { alertPage } from "@/lib/queries/alert-page";

/** The number of an alert, with or without `A-`. */
export const alertId = z
  .string()
  .regex(/^(A-)?[1-9]\d{0,17}$/i, "must be the number of an alert, as 12 or A-12")
  .transform((text) => text.replace(/^A-/i, ""));

const input = z.strictObject({ id: alertId });

const target = ({ id }: { readonly id: string }) => `alert ${id}`;

/** Until when: an ISO 8601 time. */
export const silenceUntil = z
  .string()
  .max(40)
  .refine((text) => microseconds(text) !== undefined, "must be an ISO 8601 time with a zone")
  .describe("An ISO 8601 time within 90 days");

/** Says that somebody has taken an alert up. It is told to channels that want to know, and nothing else changes. */
export const acknowledgeAlert = operation({
  ...{ name: "acknowledge-alert", role: "operator", input, audited: true, target },
  act: ({ pool, principal }, { id, reason }, audit) =>
    inTransaction(pool, async (client) => {
      const alert = await lockAlert(client, id);
      if (alert.state !== "firing") {
        throw new TidemarkError("conflict", `Alert ${id} is ${alert.state}, not firing. Nothing was changed.`, {
          id,
          state: alert.state,
        });
      }
      await writeStep(client, {
        ...{ alert: id, from: alert.state, to: "acknowledged", by: principal.id, reason: reason ?? null, epoch: null },
      });
      const summary = `Acknowledged alert ${id}: ${alert.title}`;
      await audit(client, {
        type: "AlertAcknowledged",
        summary,
        facts: { alert: id, rule: alert.rule, subject: alert.subject },
      });
    }),
  observe: async (context, { id }) => committed(IN_ITS_ROW, await alertPage(context, id)),
});

/**
 * Silences the cause of an alert until a time: nobody is told of it, not even when it goes away and comes back. When the time is
 * over and it still hurts, it fires.
 */
export const silenceAlert = operation({
  ...{ name: "silence-alert", role: "operator", audited: true, target },
  input: input.extend({ until: silenceUntil, reason: requiredReason }),
  act: ({ pool, principal }, { id, until, reason }, audit) =>
    inTransaction(pool, async (client) => {
      await checkSnoozeTime(client, until);
      const alert = await lockAlert(client, id);
      if (alert.state === "resolved") {
        throw new TidemarkError("conflict", `Alert ${id} is over. Nothing was changed.`, { id, state: alert.state });
      }
      await client.query(
        `insert into alert_silences (rule, subject, until, reason, silenced_by) values ($1, $2, $3, $4, $5)
         on conflict (rule, subject) do update set until = $3, reason = $4, silenced_by = $5, silenced_at = clock_timestamp()`,
        [alert.rule, alert.subject, until, reason, principal.id],
      );
      // One that has not fired yet will be silent when it does.
      if (alert.state === "firing" || alert.state === "acknowledged") {
        await writeStep(client, {
          alert: id,
          from: alert.state,
          to: "silenced",
          by: principal.id,
          reason,
          epoch: null,
        });
      }
      await audit(client, {
        type: "AlertSilenced",
        summary: `Silenced alert ${id} until ${until}: ${alert.title}`,
        facts: { alert: id, rule: alert.rule, subject: alert.subject, until },
      });
    }),
  observe: async (context, { id }) => committed(IN_ITS_ROW, await alertPage(context, id)),
});

/** Ends a silence before its time. What still hurts fires again, and is told. */
export const unsilenceAlert = operation({
  ...{ name: "unsilence-alert", role: "operator", input, audited: true, target },
  act: ({ pool, principal }, { id, reason }, audit) =>
    inTransaction(pool, async (client) => {
      const alert = await lockAlert(client, id);
      const { rowCount } = await client.query("delete from alert_silences where rule = $1 and subject = $2", [
        alert.rule,
        alert.subject,
      ]);
      if (rowCount !== 1) {
        throw new TidemarkError("conflict", `Alert ${id} is not silenced. Nothing was changed.`, {
          id,
          state: alert.state,
        });
      }
      if (alert.state === "silenced") {
        await writeStep(client, {
          ...{
            alert: id,
            from: "silenced",
            to: "firing",
            by: principal.id,
            reason: reason ?? "its silence was ended",
            epoch: null,
          },
        });
      }
      const summary = `Ended the silence of alert ${id}: ${alert.title}`;
      await audit(client, {
        type: "AlertUnsilenced",
        summary,
        facts: { alert: id, rule: alert.rule, subject: alert.subject },
      });
    }),
  observe: async (context, { id }) => committed(IN_ITS_ROW, await alertPage(context, id)),
});

type Locked = { readonly rule: string; readonly subject: string; readonly state: AlertState; readonly title: string };

async function lockAlert(client: pg.PoolClient, id: string): Promise<Locked> {
  const { rows } = await client.query<Locked>(
    "select rule, subject, state, title from alerts where id = $1::bigint for update",
    [id],
  );
  const [alert] = rows;
  if (!alert) throw new NotFound("alert", id);
  return alert;
}

const IN_ITS_ROW = "the state of an alert is in its row, and notices of it are written with it";
