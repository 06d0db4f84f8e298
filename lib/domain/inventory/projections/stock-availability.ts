import { defineFold, ownStream } from "@/lib/define";
import { inventoryEvents } from "../events";

/**
 * What can be sold this moment. Inline: it is written in the append's own transaction, so whoever has reserved a piece
 * reads it as gone. Its key is the stream, whose lock the append holds: two appends never meet in a row.
 */
export const stockAvailability = defineFold({
  name: "stock-availability",
  version: 1, // Raise it to build the read model anew; it fills from the start of the log.
  description: "Each article's pieces in the house, held for orders, and free to sell.",
  events: inventoryEvents,
  mode: "inline",
  columns: { sku: "text", on_hand: "bigint", reserved: "bigint", available: "bigint", updated_at: "timestamptz?" },
  key: ownStream,
  initial: (stream) => ({
    sku: stream.slice("inventory-".length),
    on_hand: 0,
    reserved: 0,
    available: 0,
    updated_at: null,
  }),
  evolve: {
    StockReceived: (row, { data, recordedAt }) => counted(row, data.quantity, 0, recordedAt),
    StockReserved: (row, { data, recordedAt }) => counted(row, 0, data.quantity, recordedAt),
    ReservationReleased: (row, { data, recordedAt }) => counted(row, 0, -data.quantity, recordedAt),
    StockShipped: (row, { data, recordedAt }) => counted(row, -data.quantity, -data.quantity, recordedAt),
    StockReturned: (row, { data, recordedAt }) => counted(row, data.quantity, 0, recordedAt),
    StockAdjusted: (row, { data, recordedAt }) => counted(row, data.delta, 0, recordedAt),
  },
});

type Counts = { sku: string; on_hand: number; reserved: number; available: number; updated_at: string | null };

function counted(row: Counts, onHandDelta: number, reservedDelta: number, at: string): Counts {
  const on_hand = row.on_hand + onHandDelta;
  const reserved = row.reserved + reservedDelta;
  return { ...row, on_hand, reserved, available: on_hand - reserved, updated_at: at };
}
