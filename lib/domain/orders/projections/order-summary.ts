import { defineFold, ownStream, type RowOf } from "@/lib/define";
import { orderEvents } from "../events";

const columns = {
  order_id: "text",
  customer_id: "text",
  status: "text",
  pieces: "integer",
  total_cents: "bigint",
  refunded_cents: "bigint",
  placed_at: "timestamptz?",
  updated_at: "timestamptz?",
} as const;

type Row = RowOf<typeof columns>;

/** One row an order: where it is, what it is worth, and when that last changed. The only personal thing in it is an id. */
export const orderSummary = defineFold({
  name: "order-summary",
  version: 1, // Raise it to build the read model anew; it fills from the start of the log.
  description: "Each order with its status, pieces and amounts.",
  events: orderEvents,
  columns,
  partitions: 4,
  sloMs: 5_000,
  key: ownStream,
  initial: (stream) => ({
    order_id: stream.slice("order-".length),
    customer_id: "",
    status: "none",
    pieces: 0,
    total_cents: 0,
    refunded_cents: 0,
    placed_at: null,
    updated_at: null,
  }),
  evolve: {
    CartOpened: (row, event) => ({ ...moved("cart")(row, event), customer_id: event.data.customerId }),
    ItemAdded: (row, { data, recordedAt }) => ({ ...row, pieces: row.pieces + data.quantity, updated_at: recordedAt }),
    ItemRemoved: (row, { data, recordedAt }) => ({
      ...row,
      pieces: row.pieces - data.quantity,
      updated_at: recordedAt,
    }),
    OrderPlaced: (row, event) => ({
      ...moved("placed")(row, event),
      customer_id: event.data.customerId,
      pieces: event.data.lines.reduce((sum, { quantity }) => sum + quantity, 0),
      total_cents: event.data.totalCents,
      placed_at: event.occurredAt,
    }),
    OrderReserved: moved("reserved"),
    PaymentAuthorised: moved("authorised"),
    PaymentCaptured: moved("paid"),
    OrderShipped: moved("shipped"),
    OrderDelivered: moved("delivered"),
    OrderReturned: moved("returned"),
    OrderCancelled: moved("cancelled"),
    PaymentRefunded: (row, event) => ({
      ...moved("refunded")(row, event),
      refunded_cents: row.refunded_cents + event.data.amountCents,
    }),
  },
});

function moved(status: string) {
  return (row: Row, { recordedAt }: { recordedAt: string }): Row => ({ ...row, status, updated_at: recordedAt });
}
