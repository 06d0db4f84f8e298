import { type Article, assortment } from "@/lib/traffic/assortment";
import { fulfil } from "@/lib/traffic/fulfil-order";
import type { Person } from "@/lib/traffic/people";
import { converse, type Life, type Surroundings } from "@/lib/traffic/shop";

/** A customer comes to the web shop, fills a cart, and most times orders. */
export async function* cartLife(shop: Surroundings, orderId: string, customer: Person): Life {
  const { random } = shop;
  const { customerId, name, email } = customer;
  const browsing = converse(shop);
  const cart = (command: string, input: unknown) => browsing.ask(customerId, "order", orderId, command, input);

  await cart("OpenCart", { customerId, name, email });
  yield random.between(300, 2_000);

  const lines = chooseLines(shop);
  const [first, second, ...others] = lines;
  if (first && second && random.chance(0.15)) {
    // Two open tabs: both add at once, one meets a conflict and is decided anew.
    await Promise.all([cart("AddItem", first), cart("AddItem", second)]);
    yield random.between(300, 2_000);
  } else others.unshift(...[first, second].filter((line) => line !== undefined));
  for (const line of others) {
    await cart("AddItem", line);
    yield random.between(300, 2_500);
  }
  if (first && random.chance(0.12)) {
    await cart("RemoveItem", { sku: first.sku, quantity: 1 });
    await cart("AddItem", { ...first, quantity: 1 });
    yield random.between(300, 1_500);
  }
  if (random.chance(0.08)) return; // A cart left behind.

  const ordering = converse(shop);
  const placed = await ordering.ask(
    customerId,
    "order",
    orderId,
    "PlaceOrder",
    { shipTo: customer.address },
    `place-${orderId}`,
  );
  yield random.between(150, 900);
  if (!placed) return;
  if (random.chance(0.04)) {
    await cart("AddItem", { ...random.pick(assortment), quantity: 1 }); // Too late: the items are settled.
    yield random.between(150, 900);
  }
  yield* fulfil(shop, ordering, { orderId, customerId, signedBy: name, lines });
}

/** One to four different articles, one to three pieces of each. */
export function chooseLines({ random }: Pick<Surroundings, "random">): readonly (Article & { quantity: number })[] {
  const wanted = new Set(Array.from({ length: random.between(1, 4) }, () => random.pick(assortment)));
  return [...wanted].map((article) => ({ ...article, quantity: random.chance(0.7) ? 1 : random.between(2, 3) }));
}
