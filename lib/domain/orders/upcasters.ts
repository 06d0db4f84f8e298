import { defineSplit, defineUpcaster } from "@/lib/define";

/** Until version 2, prices were decimal euros and fields had the till's short names. */
const itemAddedV1 = defineUpcaster({
  type: "ItemAdded",
  from: 1,
  to: 2,
  up: ({ sku, qty, price }: { sku: string; qty: number; price: number }) => ({
    sku,
    quantity: qty,
    unitCents: toCents(price),
  }),
});

/** Until version 3, the title was looked up when a cart was shown, so a renamed article changed old carts. */
const itemAddedV2 = defineUpcaster({
  type: "ItemAdded",
  from: 2,
  to: 3,
  up: (item: { sku: string; quantity: number; unitCents: number }) => ({ ...item, title: item.sku }),
});

/** Until version 2, the address was one line of text, and lines were priced in decimal euros. */
const orderPlacedV1 = defineUpcaster({
  type: "OrderPlaced",
  from: 1,
  to: 2,
  personal: { address: "customerId" },
  up: ({ customerId, items, total, address }: OrderPlacedV1) => ({
    customerId,
    lines: items.map(({ sku, qty, price }) => ({ sku, title: sku, quantity: qty, unitCents: toCents(price) })),
    totalCents: toCents(total),
    shipTo: parseAddress(address),
  }),
});

/** Until version 2, the amount was decimal euros and the payment was known by its bank reference. */
const paymentCapturedV1 = defineUpcaster({
  type: "PaymentCaptured",
  from: 1,
  to: 2,
  up: ({ amount, reference, ...order }: { amount: number; reference: string }) => ({
    ...order,
    paymentId: reference,
    amountCents: toCents(amount),
  }),
});

/** Until banks would hold an amount for the shop, the till took it at once, and one event said both. */
const orderPaidV1 = defineSplit({
  type: "OrderPaid",
  from: 1,
  into: { PaymentAuthorised: 1, PaymentCaptured: 1 },
  split: ({ amount, reference, ...order }: { amount: number; reference: string }) => [
    {
      type: "PaymentAuthorised",
      schemaVersion: 1,
      data: { ...order, paymentId: reference, amountCents: toCents(amount) },
    },
    // The form of its day: the rest of the way is the way of every captured payment of that version.
    { type: "PaymentCaptured", schemaVersion: 1, data: { ...order, amount, reference } },
  ],
});

/** The old forms of order events, each one step nearer to the present. */
export const orderUpcasters = [itemAddedV1, itemAddedV2, orderPlacedV1, paymentCapturedV1, orderPaidV1];

type OrderPlacedV1 = {
  customerId: string;
  items: { sku: string; qty: number; price: number }[];
  total: number;
  address: string;
};

function toCents(euros: number): number {
  return Math.round(euros * 100);
}

/** "Name, Street 1, 12345 City, DE". What does not read so is kept whole as the street: an address is never dropped. */
function parseAddress(text: string) {
  const [name, street, place, country] = text.split(",").map((part) => part.trim());
  const [, postcode, city] = place?.match(/^(\S*\d\S*)\s+(.+)$/) ?? [];
  if (name && street && postcode && city && country?.length === 2) return { name, street, postcode, city, country };
  return { name: name || "unknown", street: text || "unknown", postcode: "", city: "", country: "ZZ" };
}
