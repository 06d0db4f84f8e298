import { suppliers } from "@/lib/traffic/assortment";
import { converse, type Life, type Surroundings } from "@/lib/traffic/shop";

/** A delivery of an article; one in four comes through the old scanner, in the form of its day. */
export async function* delivery(shop: Surroundings, sku: string): Life {
  const { random } = shop;
  yield random.between(200, 2_000); // The lorry takes its time.
  const quantity = random.between(40, 160);
  const supplier = random.pick(suppliers);
  if (random.chance(0.25)) {
    await record(shop, "old-scanner", sku, "StockReceived", { sku, qty: quantity, supplier });
  } else {
    const batch = `B-${random.between(1_000, 9_999)}`;
    await converse(shop).ask("warehouse", "inventory", sku, "ReceiveStock", { quantity, supplier, batch });
  }
}

/** Somebody counts the shelf: now and then a piece is missing or found, or more are claimed broken than are free. */
export async function* stocktake(shop: Surroundings, sku: string): Life {
  const { random } = shop;
  yield random.between(200, 2_000); // So does counting.
  if (random.chance(0.3)) {
    const counted = random.between(20, 60); // The old list says what was found and what the books said.
    await record(shop, "old-stocktake", sku, "StockAdjusted", { sku, counted, expected: counted - 1 });
    return;
  }
  const delta = random.chance(0.1) ? -5_000 : random.pick([-2, -1, -1, 1]);
  const reason = delta < -100 ? "flooded" : delta < 0 ? "broken" : "found behind the shelf";
  await converse(shop).ask("warehouse", "inventory", sku, "AdjustStock", { delta, reason });
}

/** An old device writes its own form straight into the log. It only ever adds stock, so no decision is passed by. */
async function record(shop: Surroundings, actor: string, sku: string, type: string, payload: unknown): Promise<void> {
  const event = { type, schemaVersion: 1, data: JSON.stringify(payload), occurredAt: shop.at() ?? null };
  const writes = [{ stream: `inventory-${sku}`, expectedVersion: "any", events: [event] }] as const;
  await shop.append({ actor, idempotencyKey: `${actor}-${shop.name}`, writes });
}
