import { warehouses } from "@/lib/traffic/assortment";
import type { Conversation, Life, Surroundings } from "@/lib/traffic/shop";

/** What the house does for an order, by itself or by hand, as the people around it see it. */
export type House = {
  /** Waits until the order's stock is reserved; the generator's last value is whether it is. */
  readonly reserve: () => AsyncGenerator<number, boolean, void>;
  /** What is done with the stock, and the money, of an order that was called off. */
  readonly undo: (reason: string, refund: boolean) => Life;
  /** Takes the goods to the door. */
  readonly pack: () => Life;
};

type Ordered = {
  readonly orderId: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number }[];
};

/** How often the order is looked at before its customer goes away: a worker may be slow, or there may be none. */
const LOOKS = 40;

/** The house as it works by itself: the fulfilment process reserves, gives back, refunds and books out. */
export function automaticHouse({ random, seen = async () => [] }: Surroundings, { orderId }: Ordered): House {
  return {
    async *reserve() {
      for (let look = 0; look < LOOKS; look++) {
        yield random.between(400, 1_200);
        const types = await seen(`order-${orderId}`);
        if (types.includes("OrderCancelled")) return false;
        if (types.includes("OrderReserved")) return true;
      }
      return false;
    },
    async *undo() {},
    async *pack() {
      yield random.between(300, 1_500);
    },
  };
}

/** The house as it was before that, in the demo's past: people in the warehouse did all of it by hand. */
export function manualHouse(
  { random, reorder }: Surroundings,
  { orderId, lines }: Ordered,
  conversation: Conversation,
): House {
  const stock = (sku: string, command: string, input: object) =>
    conversation.ask("warehouse", "inventory", sku, command, { orderId, ...input });
  const order = (actor: string, command: string, input: object, key?: string) =>
    conversation.ask(actor, "order", orderId, command, input, key);

  async function* undo(reason: string, refund: boolean): Life {
    for (const { sku } of lines) {
      await stock(sku, "ReleaseReservation", { reason });
      yield random.between(50, 300);
    }
    if (refund) await order("payments", "RefundOrder", {}, `refund-${orderId}`);
  }

  return {
    undo,
    async *reserve() {
      for (const { sku, quantity } of lines) {
        const reserved = await stock(sku, "ReserveStock", { quantity });
        yield random.between(80, 500);
        if (reserved) continue;
        reorder(sku);
        if (await order("warehouse", "CancelOrder", { reason: "out of stock" })) yield* undo("out of stock", false);
        return false;
      }
      await order("warehouse", "ConfirmReservation", { warehouse: random.pick(warehouses) });
      yield random.between(200, 1_200);
      return true;
    },
    async *pack() {
      for (const { sku } of lines) {
        await stock(sku, "ShipStock", {});
        yield random.between(80, 600);
      }
    },
  };
}
