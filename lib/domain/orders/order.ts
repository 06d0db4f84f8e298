/** Where an order is on its way. */
export type OrderStatus =
  | "none"
  | "cart"
  | "placed"
  | "reserved"
  | "authorised"
  | "paid"
  | "shipped"
  | "delivered"
  | "returned"
  | "refunded"
  | "cancelled";

/** Some pieces of one article in the cart or the order. */
export type OrderLine = {
  readonly sku: string;
  readonly title: string;
  readonly quantity: number;
  readonly unitCents: number;
};

/** Where an order goes. All but the country is the customer's personal data, and reads as forgotten once they are. */
type ShipTo = {
  readonly name: string;
  readonly street: string;
  readonly postcode: string;
  readonly city: string;
  readonly country: string;
};

/**
 * An order as its decisions need it, and where it goes, for people who look at it. `owedCents` is what the customer has paid and is
 * to get back.
 */
export type Order = {
  readonly status: OrderStatus;
  readonly customerId: string;
  /** The day it was placed, UTC; empty before. */
  readonly placedOn: string;
  /** Null before it is placed. */
  readonly shipTo: ShipTo | null;
  readonly lines: readonly OrderLine[];
  readonly totalCents: number;
  readonly paymentId: string | null;
  readonly owedCents: number;
};

/** An order that nothing has happened to. */
export const noOrder: Order = {
  status: "none",
  customerId: "",
  placedOn: "",
  shipTo: null,
  lines: [],
  totalCents: 0,
  paymentId: null,
  owedCents: 0,
};

/** What the lines cost together, in cents. */
export function totalOf(lines: readonly OrderLine[]): number {
  return lines.reduce((sum, { quantity, unitCents }) => sum + quantity * unitCents, 0);
}

/** What every later fact repeats of the order it is about. */
export function headerOf({ customerId, placedOn, totalCents }: Order) {
  return { customerId, placedOn, totalCents };
}

/** The lines with more pieces of one article; the newest price and title hold for all of its pieces. */
export function withItem(lines: readonly OrderLine[], item: OrderLine): readonly OrderLine[] {
  const had = lines.find(({ sku }) => sku === item.sku)?.quantity ?? 0;
  return [...lines.filter(({ sku }) => sku !== item.sku), { ...item, quantity: had + item.quantity }];
}

/** The lines with fewer pieces of one article; a line without pieces goes. */
export function withoutItem(lines: readonly OrderLine[], sku: string, quantity: number): readonly OrderLine[] {
  return lines
    .map((line) => (line.sku === sku ? { ...line, quantity: line.quantity - quantity } : line))
    .filter((line) => line.quantity > 0);
}
