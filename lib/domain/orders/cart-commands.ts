import { z } from "zod";
import { command, reject } from "@/lib/define";
import { address, line, orderEvents } from "./events";
import { type Order, totalOf } from "./order";

const { CartOpened, ItemAdded, ItemRemoved, OrderPlaced } = orderEvents;

const linesMax = 50;
const piecesMax = 99;

const openCart = command({
  description: "Opens a cart for a customer.",
  input: CartOpened.schema,
  decide: (order: Order, customer) => {
    if (order.status === "none") return CartOpened(customer);
    if (order.customerId === customer.customerId) return []; // Opening twice is a retry, not news.
    return reject("order.cart-taken", "This cart belongs to another customer. Open one under a new id.");
  },
});

const addItem = command({
  description: "Puts pieces of an article into the cart, at the price the customer saw.",
  input: line.extend({ quantity: z.int().min(1).max(piecesMax) }),
  decide: (order: Order, item) => {
    if (order.status !== "cart") return cartClosed(order);
    const had = order.lines.find(({ sku }) => sku === item.sku)?.quantity ?? 0;
    if (had === 0 && order.lines.length >= linesMax)
      return reject("order.cart-full", `A cart holds at most ${linesMax} different articles. Place this order first.`);
    if (had + item.quantity > piecesMax)
      return reject("order.too-many-pieces", `At most ${piecesMax} pieces of one article; ${had} are in the cart.`);
    return ItemAdded(item);
  },
});

const removeItem = command({
  description: "Takes pieces of an article out of the cart; without a quantity, all of them.",
  input: z.object({ sku: z.string().min(1), quantity: z.int().positive().optional() }),
  decide: (order: Order, { sku, quantity }) => {
    if (order.status !== "cart") return cartClosed(order);
    const had = order.lines.find((line) => line.sku === sku)?.quantity ?? 0;
    if (had === 0) return []; // Gone already: what was asked for is so.
    if (quantity !== undefined && quantity > had)
      return reject("order.not-so-many", `Only ${had} pieces of ${sku} are in the cart.`);
    return ItemRemoved({ sku, quantity: quantity ?? had });
  },
});

const placeOrder = command({
  description: "Orders what is in the cart, to be sent to an address.",
  input: z.object({ shipTo: address }),
  decide: (order: Order, { shipTo }) => {
    if (order.status !== "cart") return cartClosed(order);
    if (order.lines.length === 0) return reject("order.cart-empty", "Put something into the cart before ordering.");
    const { customerId, lines } = order;
    return OrderPlaced({ customerId, lines: [...lines], totalCents: totalOf(lines), shipTo });
  },
});

/** What may be asked before an order is placed. */
export const cartCommands = { OpenCart: openCart, AddItem: addItem, RemoveItem: removeItem, PlaceOrder: placeOrder };

function cartClosed({ status }: Order) {
  return status === "none"
    ? reject("order.no-cart", "Open a cart first.")
    : reject("order.already-placed", "This order is placed and its items are settled. Open a new cart for more.");
}
