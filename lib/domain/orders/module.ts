import { defineModule } from "@/lib/define";
import { order } from "./decider";
import { orderEvents } from "./events";
import { customerHistory } from "./projections/customer-history";
import { orderSummary } from "./projections/order-summary";
import { ordersPerDay } from "./projections/orders-per-day";
import { orderUpcasters } from "./upcasters";

/** A shop's orders, from the open cart to the refund. */
export const orders = defineModule({
  name: "orders",
  description: "Carts, orders, payments, parcels, returns and refunds.",
  events: orderEvents,
  upcasters: orderUpcasters,
  deciders: [order],
  projections: [orderSummary, ordersPerDay, customerHistory],
});
