import { z } from "zod";
import { command, defineDecider, reject } from "@/lib/define";
import { inventoryEvents } from "./events";

const { StockReceived, StockReserved, ReservationReleased, StockShipped, StockReturned, StockAdjusted } =
  inventoryEvents;

/** The stock of one article: pieces in the house, and those of them that orders hold, by order id. */
export type Stock = {
  readonly onHand: number;
  readonly reserved: number;
  readonly reservations: Readonly<Record<string, number>>;
};

const orderId = z.string().min(1);
const quantity = z.int().positive().max(100_000);

const receiveStock = command({
  description: "Takes a delivery from a supplier into the house.",
  input: z.object({ quantity, supplier: z.string().min(1), batch: z.string().min(1).nullable().default(null) }),
  decide: (_stock: Stock, delivery, { id: sku }) => StockReceived({ sku, ...delivery }),
});

const reserveStock = command({
  description: "Holds pieces for an order until they are shipped or released.",
  input: z.object({ orderId, quantity }),
  decide: (stock: Stock, { orderId, quantity }, { id: sku }) => {
    const held = heldBy(stock, orderId);
    if (held === quantity) return []; // Reserving twice is a retry, not news.
    if (held > 0) return reject("inventory.already-reserved", `Order ${orderId} holds ${held}. Release them first.`);
    const available = stock.onHand - stock.reserved;
    if (quantity > available)
      return reject(
        "inventory.insufficient-stock",
        `${available} pieces of ${sku} are free, ${quantity} were asked for.`,
      );
    return StockReserved({ sku, orderId, quantity });
  },
});

const releaseReservation = command({
  description: "Gives up what an order holds.",
  input: z.object({ orderId, reason: z.string().min(1) }),
  decide: (stock: Stock, { orderId, reason }, { id: sku }) => {
    const held = heldBy(stock, orderId);
    return held === 0 ? [] : ReservationReleased({ sku, orderId, quantity: held, reason });
  },
});

const shipStock = command({
  description: "Takes what an order holds out of the house.",
  input: z.object({ orderId }),
  decide: (stock: Stock, { orderId }, { id: sku }) => {
    const held = heldBy(stock, orderId);
    if (held === 0)
      return reject("inventory.not-reserved", `Order ${orderId} holds no ${sku}. Reserve before shipping.`);
    return StockShipped({ sku, orderId, quantity: held });
  },
});

const takeBack = command({
  description: "Puts returned pieces back into the house.",
  input: z.object({ orderId, quantity }),
  decide: (_stock: Stock, returned, { id: sku }) => StockReturned({ sku, ...returned }),
});

const adjustStock = command({
  description: "Corrects the books after a count or a breakage; held pieces cannot be written off.",
  input: z.object({ delta: z.int().min(-100_000).max(100_000), reason: z.string().min(1) }),
  decide: (stock: Stock, { delta, reason }, { id: sku }) => {
    if (delta === 0) return [];
    if (stock.onHand + delta < stock.reserved)
      return reject("inventory.below-reserved", `${stock.reserved} pieces are held for orders. Release some first.`);
    return StockAdjusted({ sku, delta, reason });
  },
});

/** How the stock of an article moves, and what may be asked of it. */
export const inventory = defineDecider<Stock>()({
  category: "inventory",
  events: inventoryEvents,
  // An article is sold for years: its stream has no end.
  snapshots: { every: 200 },
  initialState: () => ({ onHand: 0, reserved: 0, reservations: {} }),
  evolve: {
    StockReceived: (stock, { quantity }) => ({ ...stock, onHand: stock.onHand + quantity }),
    StockReserved: (stock, { orderId, quantity }) => hold(stock, orderId, quantity),
    ReservationReleased: (stock, { orderId }) => hold(stock, orderId, 0),
    StockShipped: (stock, { orderId, quantity }) => ({ ...hold(stock, orderId, 0), onHand: stock.onHand - quantity }),
    StockReturned: (stock, { quantity }) => ({ ...stock, onHand: stock.onHand + quantity }),
    StockAdjusted: (stock, { delta }) => ({ ...stock, onHand: stock.onHand + delta }),
  },
  commands: {
    ReceiveStock: receiveStock,
    ReserveStock: reserveStock,
    ReleaseReservation: releaseReservation,
    ShipStock: shipStock,
    TakeBack: takeBack,
    AdjustStock: adjustStock,
  },
});

function heldBy({ reservations }: Stock, orderId: string): number {
  return Object.hasOwn(reservations, orderId) ? (reservations[orderId] ?? 0) : 0;
}

/** Sets what an order holds. Shipped and released reservations go, so that a state stays as small as what is open. */
function hold(stock: Stock, orderId: string, quantity: number): Stock {
  const { [orderId]: _before, ...others } = stock.reservations;
  return {
    ...stock,
    reserved: stock.reserved - heldBy(stock, orderId) + quantity,
    reservations: quantity === 0 ? others : { ...others, [orderId]: quantity },
  };
}
