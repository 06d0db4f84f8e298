import { defineFold, type RowOf } from "@/lib/define";
import { orderEvents } from "../events";

const columns = {
  customer_id: "text",
  orders: "integer",
  delivered: "integer",
  returned: "integer",
  cancelled: "integer",
  paid_cents: "bigint",
  refunded_cents: "bigint",
  first_order_at: "timestamptz?",
  last_order_at: "timestamptz?",
} as const;

type Row = RowOf<typeof columns>;

/** What a customer has ordered so far. Every event from the placing on names its customer, so one row has all it needs. */
export const customerHistory = defineFold({
  name: "customer-history",
  version: 1, // Raise it to build the read model anew; it fills from the start of the log.
  description: "Each customer's orders, payments and refunds.",
  events: orderEvents,
  columns,
  sloMs: 10_000,
  key: (event) => ("customerId" in event.data ? event.data.customerId : null),
  initial: (customerId) => ({
    customer_id: customerId,
    orders: 0,
    delivered: 0,
    returned: 0,
    cancelled: 0,
    paid_cents: 0,
    refunded_cents: 0,
    first_order_at: null,
    last_order_at: null,
  }),
  evolve: {
    OrderPlaced: (row, { occurredAt }) => ({
      ...row,
      orders: row.orders + 1,
      // Orders can be recorded late: first and last go by when they happened, not by when we heard of them.
      first_order_at: earlier(row.first_order_at, occurredAt),
      last_order_at: later(row.last_order_at, occurredAt),
    }),
    PaymentCaptured: (row, { data }) => ({ ...row, paid_cents: row.paid_cents + data.amountCents }),
    OrderDelivered: (row) => one(row, "delivered"),
    OrderReturned: (row) => one(row, "returned"),
    OrderCancelled: (row) => one(row, "cancelled"),
    PaymentRefunded: (row, { data }) => ({ ...row, refunded_cents: row.refunded_cents + data.amountCents }),
  },
});

function one(row: Row, column: "delivered" | "returned" | "cancelled"): Row {
  return { ...row, [column]: row[column] + 1 };
}

function earlier(known: string | null, time: string): string {
  return known !== null && known < time ? known : time;
}

function later(known: string | null, time: string): string {
  return known !== null && known > time ? known : time;
}
