import { postgreSQLEventStoreConsumer, postgreSQLProjection } from "@event-driven-io/emmett-postgresql";
import { plainPool } from "../plain-pool";

const TYPES = [
  "CartOpened",
  "ItemAdded",
  "OrderPlaced",
  "OrderReserved",
  "PaymentAuthorised",
  "PaymentCaptured",
  "OrderShipped",
  "OrderDelivered",
  "OrderReturned",
  "PaymentRefunded",
];

/** Makes the read model's table; safe to call again. */
export async function makeEmmettSummary(url: string): Promise<void> {
  const pool = plainPool(url, 1);
  await pool.query(
    "create table if not exists emmett_summary (order_id text primary key, status text, pieces integer, total_cents bigint)",
  );
  await pool.end();
}

/**
 * An order summary as an Emmett projection with SQL of its own: rows of what it is handed are folded in memory and
 * written in one statement. `onHandled` learns how many events each call brought.
 */
export function emmettSummary(
  url: string,
  pulling: { readonly batchSize: number; readonly pullingFrequencyInMs: number },
  onHandled: (events: number) => void,
) {
  const consumer = postgreSQLEventStoreConsumer({ connectionString: url, pulling });
  consumer.projector({
    projection: postgreSQLProjection({
      name: "order-summary",
      canHandle: TYPES,
      handle: async (events, { connection }) => {
        const rows = new Map<string, { order_id: string; status: string; pieces: number; total_cents: number }>();
        for (const { type, data, metadata } of events) {
          const id = metadata.streamName;
          const row = rows.get(id) ?? { order_id: id, status: type, pieces: 0, total_cents: 0 };
          row.status = type;
          const payload = data as { quantity?: number; totalCents?: number };
          if (type === "ItemAdded") row.pieces += payload.quantity ?? 0;
          if (type === "OrderPlaced") row.total_cents = payload.totalCents ?? 0;
          rows.set(id, row);
        }
        await connection.client.query({
          name: "summary",
          text: `insert into emmett_summary select * from json_populate_recordset(null::emmett_summary, $1)
            on conflict (order_id) do update set status = excluded.status, pieces = emmett_summary.pieces + excluded.pieces,
              total_cents = greatest(emmett_summary.total_cents, excluded.total_cents)`,
          values: [JSON.stringify([...rows.values()])],
        });
        onHandled(events.length);
      },
    }),
  });
  return consumer;
}
