import { z } from "zod";
import { defineEvents } from "@/lib/define";

const sku = z.string().min(1);
const orderId = z.string().min(1);
const quantity = z.int().positive();

/** What can happen to the stock of one article. */
export const inventoryEvents = defineEvents({
  StockReceived: [2, z.object({ sku, quantity, supplier: z.string(), batch: z.string().nullable() })],
  StockReserved: [1, z.object({ sku, orderId, quantity })],
  ReservationReleased: [1, z.object({ sku, orderId, quantity, reason: z.string() })],
  StockShipped: [1, z.object({ sku, orderId, quantity })],
  StockReturned: [1, z.object({ sku, orderId, quantity })],
  StockAdjusted: [2, z.object({ sku, delta: z.int(), reason: z.string() })],
});
