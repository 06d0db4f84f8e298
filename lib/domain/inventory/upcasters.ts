import { defineUpcaster } from "@/lib/define";

/** Until version 2, batches were not traced and the field had the scanner's short name. */
const stockReceivedV1 = defineUpcaster({
  type: "StockReceived",
  from: 1,
  to: 2,
  up: ({ sku, qty, supplier }: { sku: string; qty: number; supplier: string }) => ({
    sku,
    quantity: qty,
    supplier,
    batch: null,
  }),
});

/** Until version 2, a stocktake wrote down what it found and what the books said, and gave no reason. */
const stockAdjustedV1 = defineUpcaster({
  type: "StockAdjusted",
  from: 1,
  to: 2,
  up: ({ sku, counted, expected }: { sku: string; counted: number; expected: number }) => ({
    sku,
    delta: counted - expected,
    reason: "stocktake",
  }),
});

/** The old forms of inventory events, each one step nearer to the present. */
export const inventoryUpcasters = [stockReceivedV1, stockAdjustedV1];
