import { defineModule } from "@/lib/define";
import { inventory as decider } from "./decider";
import { inventoryEvents } from "./events";
import { stockAvailability } from "./projections/stock-availability";
import { inventoryUpcasters } from "./upcasters";

/** A shop's stock, article by article. */
export const inventory = defineModule({
  name: "inventory",
  description: "Deliveries, reservations, shipments and counts of each article.",
  events: inventoryEvents,
  upcasters: inventoryUpcasters,
  deciders: [decider],
  projections: [stockAvailability],
});
