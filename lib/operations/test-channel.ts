import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { TidemarkError } from "@/lib/kernel/errors";
import { channelId, lockChannel } from "@/lib/operations/keep-channels";
import { observeUntil } from "@/lib/operations/observe-until";
import { operation } from "@/lib/operations/operation";
import { type DeliveryRow, deliveryColumns, toDeliveryRow } from "@/lib/queries/alert-page";

/** Longer than an attempt may take. */
const PATIENCE_MS = 12_000;

/** Sends a test notice to a channel, as all others are sent, and waits for how the first attempt ends. */
export const testChannel = operation({
  name: "test-channel",
  role: "admin",
  input: z.strictObject({ id: channelId }),
  audited: true,
  target: ({ id }) => `channel ${id}`,
  act: ({ pool }, { id }, audit) =>
    inTransaction(pool, async (client) => {
      const { name, enabled } = await lockChannel(client, id);
      if (!enabled) {
        throw new TidemarkError("conflict", `The channel ${name} is switched off. Switch it on to test it.`, { id });
      }
      const { rows } = await client.query<{ id: bigint }>(
        `insert into alert_deliveries (channel, body)
           values ($1, json_build_object('type', 'alert.test', 'at', clock_timestamp(), 'data', json_build_object())) returning id`,
        [id],
      );
      await audit(client, {
        type: "ChannelTested",
        summary: `Sent a test notice to the channel ${name}`,
        facts: { channel: id },
      });
      return rows[0]?.id ?? 0n;
    }),
  observe: async ({ pool, signal }, _, delivery) => {
    const look = async () => {
      const { rows } = await pool.query<Omit<DeliveryRow, "id"> & { id: bigint }>(
        `select ${deliveryColumns} from alert_deliveries d join alert_channels c on c.id = d.channel where d.id = $1`,
        [delivery],
      );
      return rows[0] ? toDeliveryRow(rows[0]) : null;
    };
    const seen = (found: DeliveryRow | null) =>
      found === null || found.endedAt !== null || (found.state === "waiting" && found.attempts > 0);
    const { found, observed } = await observeUntil({ look, seen, patienceMs: PATIENCE_MS, signal });
    return { delivery: found, sent: found?.state === "sent", observed };
  },
});
