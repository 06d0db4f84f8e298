import { defineFold, type RowOf } from "@/lib/define";
import { orderEvents } from "../events";

const columns = { day: "date", status: "text", orders: "integer", total_cents: "bigint" } as const;

type Row = RowOf<typeof columns>;
type Placed = { readonly data: { readonly placedOn: string; readonly totalCents: number } };

/**
 * How many orders of each day are in which status, and what they are worth. An event says on which day its order was
 * placed and, by its type, where the order comes from and goes to; so it takes one order out of one row and puts it into
 * another, and no row needs to know an order. The sums are right whatever the order in which different orders are read.
 */
export const ordersPerDay = defineFold({
  name: "orders-per-day",
  version: 1, // Raise it to build the read model anew; it fills from the start of the log.
  description: "Orders by the day they were placed and the status they are in now.",
  events: orderEvents,
  columns,
  sloMs: 10_000,
  key: (event) => {
    switch (event.type) {
      case "OrderPlaced":
        return rowKey(event.occurredAt.slice(0, 10), "placed");
      case "OrderReserved":
        return move(event, "placed", "reserved");
      case "PaymentAuthorised":
        return move(event, "reserved", "authorised");
      case "PaymentCaptured":
        return move(event, "authorised", "paid");
      case "OrderShipped":
        return move(event, "paid", "shipped");
      case "OrderDelivered":
        return move(event, "shipped", "delivered");
      case "OrderReturned":
        return move(event, "delivered", "returned");
      case "OrderCancelled":
        return move(event, event.data.cancelledAt, "cancelled");
      case "PaymentRefunded":
        return move(event, event.data.because, "refunded");
      default:
        return null; // A cart is nobody's order yet.
    }
  },
  initial: (key) => ({ day: key.slice(0, 10), status: key.slice(11), orders: 0, total_cents: 0 }),
  evolve: {
    OrderPlaced: (row, { data }) => counted(row, 1, data.totalCents),
    OrderReserved: into("reserved"),
    PaymentAuthorised: into("authorised"),
    PaymentCaptured: into("paid"),
    OrderShipped: into("shipped"),
    OrderDelivered: into("delivered"),
    OrderReturned: into("returned"),
    OrderCancelled: into("cancelled"),
    PaymentRefunded: into("refunded"),
  },
});

function rowKey(day: string, status: string): string {
  return `${day}/${status}`;
}

function move({ data }: Placed, from: string, to: string): readonly string[] {
  return [rowKey(data.placedOn, from), rowKey(data.placedOn, to)];
}

/** Adds the order to the row of `status`, and takes it out of the other row that the event is given to. */
function into(status: string) {
  return (row: Row, { data }: Placed): Row =>
    row.status === status ? counted(row, 1, data.totalCents) : counted(row, -1, data.totalCents);
}

function counted(row: Row, orders: 1 | -1, totalCents: number): Row {
  return { ...row, orders: row.orders + orders, total_cents: row.total_cents + orders * totalCents };
}
