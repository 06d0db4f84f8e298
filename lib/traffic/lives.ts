import { assortment } from "@/lib/traffic/assortment";
import { bankLife, collection, payroll } from "@/lib/traffic/bank-life";
import { cartLife } from "@/lib/traffic/cart-life";
import { oldTill } from "@/lib/traffic/old-till";
import { makePerson } from "@/lib/traffic/people";
import type { Random } from "@/lib/traffic/random";
import type { Doors, Life, Surroundings } from "@/lib/traffic/shop";
import { delivery, stocktake } from "@/lib/traffic/supply";

const regulars = 60;
const hourMs = 3_600_000;

/** Where lives come from: each is drawn from the seed by its number, whatever the others do. */
export type Lives = {
  /** The next visitor, branch, lorry or count, or somebody at the bank. `at` dates its events; undefined: they happen as they are recorded. */
  readonly next: (at?: () => number) => Life;
  /** A delivery of one article, or of every article. */
  readonly deliveries: (sku?: string, at?: () => number) => readonly Life[];
};

/** `run` begins every order's id, so that two runs of one seed do not meet in a stream. */
export function createLives(parts: {
  readonly doors: Doors;
  readonly random: Random;
  readonly run: string;
  readonly reorder: (sku: string) => void;
}): Lives {
  const { doors, random, run, reorder } = parts;
  let born = 0;

  function surroundings(at?: () => number): Surroundings {
    const name = `${run}-${String(++born).padStart(4, "0")}`;
    const date = at && (() => new Date(at()).toISOString());
    return { ...doors, name, random: random.fork(name), at: date ?? (() => undefined), reorder };
  }

  return {
    next: (at) => {
      const shop = surroundings(at);
      const kind = shop.random.next();
      const customer = makePerson(random, shop.random.between(1, regulars));
      if (kind < 0.03) return delivery(shop, shop.random.pick(assortment).sku);
      if (kind < 0.05) return stocktake(shop, shop.random.pick(assortment).sku);
      if (kind < 0.12) {
        const lateMs = shop.random.between(1, 8) * hourMs;
        const offline = { ...shop, at: () => new Date((at?.() ?? Date.now()) - lateMs).toISOString() };
        return oldTill(offline, shop.name, customer);
      }
      if (kind < 0.14) return payroll(shop, customer);
      if (kind < 0.16) return collection(shop, customer);
      if (kind < 0.28) return bankLife(shop, customer, makePerson(random, shop.random.between(1, regulars)));
      return cartLife(shop, shop.name, customer);
    },
    deliveries: (sku, at) =>
      (sku ? [sku] : assortment.map((article) => article.sku)).map((each) => delivery(surroundings(at), each)),
  };
}
