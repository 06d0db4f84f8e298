import { defineModule } from "@/lib/define";
import { orderFulfilment } from "./order-fulfilment";

/** Between orders and inventory: it hears of both and asks both, and neither knows of it. */
export const fulfilment = defineModule({
  name: "fulfilment",
  description: "Takes placed orders through the warehouse to the customer.",
  events: {},
  upcasters: [],
  deciders: [],
  projections: [],
  processes: [orderFulfilment],
});
