import { suppliers } from "@/lib/traffic/assortment";
import { converse, type Life, type Surroundings } from "@/lib/traffic/shop";

/** A delivery of an article; one in four comes through the old scanner, in the form of its day. */
export async function* delivery(shop: Surroundings, sku: string): Life {
  const { random } = shop;
  yield random.between(200, 2_000); // The lorry takes its time.
  const quantity = random.between(40, 160);
  const supplier = random.pick(suppliers);
  if (random.chance(0.25)) {
    const data = JSON.stringify({ sku, qty: quantity, supplier });
    const received = { type: "StockReceived", schemaVersion: 1, data, occurredAt: shop.at() ?? null };
    await shop.append({
      actor: "old-scanner",
      idempotencyKey: `scan-${shop.name}`,
      writes: [{ stream: `inventory-${sku}`, expectedVersion: "any", events: [received] }],
    });
  } else {
    const batch = `B-${random.between(1_000, 9_999)}`;
    await converse(shop).ask("warehouse", "inventory", sku, "ReceiveStock", { quantity, supplier, batch });
  }
}

/** Somebody counts the shelf: now and then a piece is missing or found, or more are claimed broken than are free. */
export async function* stocktake(shop: Surroundings, sku: string): Life {
  const { random } = shop;
  yield random.between(200, 2_000); // So does counting.
  const delta = random.chance(0.1) ? -5_000 : random.pick([-2, -1, -1, 1]);
  const reason = delta < -100 ? "flooded" : delta < 0 ? "broken" : "found behind the shelf";
  await converse(shop).ask("warehouse", "inventory", sku, "AdjustStock", { delta, reason });
}
