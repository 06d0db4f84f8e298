import { carriers } from "@/lib/traffic/assortment";
import { automaticHouse, manualHouse } from "@/lib/traffic/house";
import type { Conversation, Life, Surroundings } from "@/lib/traffic/shop";

/** A placed order as the people around the house know it. */
export type PlacedOrder = {
  readonly orderId: string;
  readonly customerId: string;
  readonly signedBy: string;
  readonly lines: readonly { readonly sku: string; readonly quantity: number; readonly unitCents: number }[];
  /** Takes the payment in the house's own way; the default is a command. */
  readonly capture?: (paymentId: string) => Promise<unknown>;
  /** The payment is taken without having been held before. */
  readonly paysAtOnce?: boolean;
};

/**
 * What people do about a placed order: pay, change their minds, ship, deliver, send back. Its stock is the house's matter,
 * which does its part by itself; in the past that the demo is given, it was people who did it.
 */
export async function* fulfil(shop: Surroundings, conversation: Conversation, order: PlacedOrder): Life {
  const { random } = shop;
  const { orderId, customerId, lines } = order;
  const house = shop.seen ? automaticHouse(shop, order) : manualHouse(shop, order, conversation);
  const ask = (actor: string, command: string, input: unknown, key?: string) =>
    conversation.ask(actor, "order", orderId, command, input, key && `${key}-${orderId}`);

  async function* callOff(reason: string, actor: string): Life {
    const cancelled = await ask(actor, "CancelOrder", { reason });
    yield random.between(100, 600);
    if (cancelled) yield* house.undo(reason, false);
  }

  if (!(yield* house.reserve())) {
    for (const { sku } of lines) if (shop.seen && random.chance(0.5)) shop.reorder(sku);
    return;
  }
  if (random.chance(0.04)) {
    yield* callOff("changed my mind", customerId);
    return;
  }
  if (shop.seen && random.chance(0.04)) return; // Never pays: the house waits only so long.

  const paymentId = `pay-${orderId}`;
  const amountCents = lines.reduce((sum, { quantity, unitCents }) => sum + quantity * unitCents, 0);
  if (random.chance(0.05)) {
    await ask("payments", "AuthorisePayment", { paymentId, amountCents: amountCents - 1 }); // The bank rounds wrongly.
    yield random.between(500, 2_000);
  }
  if (random.chance(0.04)) {
    yield* callOff("payment declined", "payments");
    return;
  }
  if (!order.paysAtOnce) await ask("payments", "AuthorisePayment", { paymentId, amountCents }, "authorise");
  yield random.between(200, 1_500);
  if (random.chance(0.05)) {
    await ask("warehouse", "ShipOrder", { carrier: random.pick(carriers), trackingCode: "too-early" });
    yield random.between(200, 900);
  }

  const capture = () => order.capture?.(paymentId) ?? ask("payments", "CapturePayment", { paymentId }, "capture");
  if (!order.capture && random.chance(0.06)) {
    // The customer calls off while the payment is taken: whichever comes second is decided on what the first one left.
    const [, cancelled] = await Promise.all([
      capture(),
      ask(customerId, "CancelOrder", { reason: "found it cheaper" }),
    ]);
    yield random.between(300, 1_200);
    if (cancelled) {
      yield* house.undo("found it cheaper", true);
      return;
    }
  } else {
    await capture();
    yield random.between(500, 2_500);
  }

  yield* house.pack();
  await ask("warehouse", "ShipOrder", { carrier: random.pick(carriers), trackingCode: trackingCode(shop) });
  yield random.chance(0.1) ? random.between(60_000, 180_000) : random.between(4_000, 25_000); // Some parcels come late.
  await ask("carrier", "DeliverOrder", { signedBy: order.signedBy });
  yield random.between(5_000, 40_000);
  if (random.chance(0.1)) yield* sendBack();

  async function* sendBack(): Life {
    const { sku } = random.pick(lines);
    await ask(customerId, "ReturnOrder", { items: [{ sku, quantity: 1 }], reason: random.pick(reasons) });
    yield random.between(2_000, 15_000);
    await conversation.ask("warehouse", "inventory", sku, "TakeBack", { orderId, quantity: 1 });
    yield random.between(500, 3_000);
    await ask("payments", "RefundOrder", {}, "refund");
  }
}

const reasons = [
  "arrived broken",
  "not as pictured",
  "ordered twice",
  "too small",
  "a present that was not wanted",
] as const;

function trackingCode({ random }: Surroundings): string {
  return `T${String(random.between(0, 99_999_999)).padStart(8, "0")}`;
}
