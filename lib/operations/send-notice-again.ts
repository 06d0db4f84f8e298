import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { alertId } from "@/lib/operations/care-for-alert";
import { observeUntil } from "@/lib/operations/observe-until";
import { operation } from "@/lib/operations/operation";
import { type DeliveryRow, deliveryColumns, toDeliveryRow } from "@/lib/queries/alert-page";

/** Longer than an attempt may take. */
const PATIENCE_MS = 12_000;

type Locked = {
  readonly state: DeliveryRow["state"];
  readonly attempts: number;
  readonly channel: string;
  readonly enabled: boolean;
};

/**
 * Sends a notice of an alert once more that failed, of which nobody knows, or that is wanted again; waits for how the first
 * attempt ends. It keeps its id, so a webhook's receiver can tell that it is the same; people are told twice. What is still
 * under way is not asked for twice.
 */
export const sendNoticeAgain = operation({
  name: "send-notice-again",
  role: "operator",
  input: z.strictObject({
    id: alertId,
    notice: z.string().regex(/^[1-9]\d{0,17}$/, "must be the number of a notice"),
  }),
  audited: true,
  target: ({ id }) => `alert ${id}`,
  act: ({ pool }, { id, notice }, audit) =>
    inTransaction(pool, async (client) => {
      const { rows } = await client.query<Locked>(
        `select d.state, d.attempts, c.name as channel, c.enabled from alert_deliveries d join alert_channels c on c.id = d.channel
          where d.id = $1::bigint and d.alert = $2::bigint for update of d`,
        [notice, id],
      );
      const [found] = rows;
      if (!found) throw new NotFound("notice", `${notice} of alert ${id}`);
      const { state, attempts, channel, enabled } = found;
      if (state === "waiting" || state === "sending") {
        const message = `Notice ${notice} to ${channel} is still ${state}. Nothing was changed.`;
        throw new TidemarkError("conflict", message, { notice, state });
      }
      if (!enabled) {
        const message = `The channel ${channel} is switched off. Switch it on to send to it.`;
        throw new TidemarkError("conflict", message, { notice, channel });
      }
      await client.query(
        `update alert_deliveries set state = 'waiting', ended_at = null, next_attempt_at = clock_timestamp(), status = null, error = null,
                attempts_before = attempts where id = $1::bigint`,
        [notice],
      );
      await audit(client, {
        type: "NoticeSentAgain",
        summary: `Had notice ${notice} of alert ${id} sent to ${channel} once more (it was ${state})`,
        facts: { alert: id, notice, channel, was: state },
      });
      return attempts;
    }),
  observe: async ({ pool, signal }, { notice }, before) => {
    const look = async () => {
      const { rows } = await pool.query<Omit<DeliveryRow, "id"> & { id: bigint }>(
        `select ${deliveryColumns} from alert_deliveries d join alert_channels c on c.id = d.channel where d.id = $1::bigint`,
        [notice],
      );
      return rows[0] ? toDeliveryRow(rows[0]) : null;
    };
    const seen = (found: DeliveryRow | null) =>
      found === null || found.endedAt !== null || (found.state === "waiting" && found.attempts > before);
    const { found, observed } = await observeUntil({ look, seen, patienceMs: PATIENCE_MS, signal });
    return { delivery: found, sent: found?.state === "sent", observed };
  },
});
