import type pg from "pg";

/** The read model of the plain loop: what Tidemark's order-summary holds, in a table of its own. */
export const summaryTable = `
  create table loop_summary (order_id text primary key, customer_id text, status text, pieces integer, total_cents bigint,
    refunded_cents bigint, placed_at timestamptz, updated_at timestamptz, position bigint);
  create table loop_checkpoint (position bigint not null)`;

type Row = {
  order_id: string;
  customer_id: string;
  status: string;
  pieces: number;
  total_cents: number;
  refunded_cents: number;
  placed_at: string | null;
  updated_at: string;
  position: string;
};

const STATUS: Readonly<Record<string, string>> = {
  CartOpened: "cart",
  OrderPlaced: "placed",
  OrderReserved: "reserved",
  PaymentAuthorised: "authorised",
  PaymentCaptured: "paid",
  OrderShipped: "shipped",
  OrderDelivered: "delivered",
  OrderReturned: "returned",
  OrderCancelled: "cancelled",
  PaymentRefunded: "refunded",
};

/**
 * A projection as one would write it in an afternoon, well: batches in log order, rows of the batch loaded once, folded
 * in memory, written once, checkpoint in the same transaction. No decoding, no validation, no lease, no record of batches.
 */
export async function nodeLoop(pool: pg.Pool, batch: number): Promise<number> {
  await pool.query("truncate loop_summary, loop_checkpoint");
  const client = await pool.connect();
  let after = 0n;
  let events = 0;
  try {
    for (;;) {
      const { rows } = await client.query<{
        position: bigint;
        stream: string;
        type: string;
        recorded_at: string;
        data: string;
      }>({
        name: "loop-read",
        text: "select position, stream, type, recorded_at, data from events where position > $1 order by position limit $2",
        values: [after, batch],
      });
      if (rows.length === 0) return events;
      await client.query("begin");
      const known = await client.query<Row>({
        name: "loop-load",
        text: `select order_id, customer_id, status, pieces, total_cents::float8 as total_cents, refunded_cents::float8 as refunded_cents,
            placed_at, updated_at, position::text as position from loop_summary where order_id = any ($1)`,
        values: [[...new Set(rows.map(({ stream }) => stream))]],
      });
      const folded = new Map(known.rows.map((row) => [row.order_id, row]));
      for (const row of rows) folded.set(row.stream, fold(folded.get(row.stream), row));
      after = rows.at(-1)?.position ?? after;
      await client.query({ name: "loop-write", text: WRITE, values: [JSON.stringify([...folded.values()])] });
      await client.query({ name: "loop-checkpoint", text: "insert into loop_checkpoint values ($1)", values: [after] });
      await client.query("commit");
      events += rows.length;
    }
  } finally {
    client.release();
  }
}

const WRITE = `insert into loop_summary select * from json_populate_recordset(null::loop_summary, $1)
  on conflict (order_id) do update set customer_id = excluded.customer_id, status = excluded.status, pieces = excluded.pieces,
    total_cents = excluded.total_cents, refunded_cents = excluded.refunded_cents, placed_at = excluded.placed_at,
    updated_at = excluded.updated_at, position = excluded.position`;

function fold(
  known: Row | undefined,
  event: { position: bigint; stream: string; type: string; recorded_at: string; data: string },
): Row {
  const data = JSON.parse(event.data);
  const row = known ?? {
    order_id: event.stream,
    customer_id: "",
    status: "none",
    pieces: 0,
    total_cents: 0,
    refunded_cents: 0,
    placed_at: null,
    updated_at: event.recorded_at,
    position: "0",
  };
  row.status = STATUS[event.type] ?? row.status;
  row.updated_at = event.recorded_at;
  row.position = String(event.position);
  if (event.type === "CartOpened") row.customer_id = data.customerId;
  if (event.type === "ItemAdded") row.pieces += data.quantity;
  if (event.type === "ItemRemoved") row.pieces -= data.quantity;
  if (event.type === "PaymentRefunded") row.refunded_cents = Number(row.refunded_cents) + data.amountCents;
  if (event.type === "OrderPlaced") {
    row.total_cents = data.totalCents;
    row.placed_at = event.recorded_at;
    row.pieces = data.lines.reduce((sum: number, line: { quantity: number }) => sum + line.quantity, 0);
  }
  return row;
}
