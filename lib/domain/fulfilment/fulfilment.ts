import { becomes, cancelTimer, ends, type ProcessAct, type ProcessStep, send } from "@/lib/define-process";

/** What has become of one article of the order: asked for, held in the warehouse, not to be had, given back, or gone out. */
export type Line = {
  readonly sku: string;
  readonly quantity: number;
  readonly stock: "asked" | "held" | "missing" | "given back" | "shipped";
};

/** The fulfilment of one order, as far as it has come. */
export type Fulfilment = {
  readonly stage:
    | "reserving stock"
    | "confirming"
    | "awaiting payment"
    | "awaiting shipment"
    | "booking out"
    | "calling off"
    | "shipped"
    | "called off";
  readonly lines: readonly Line[];
  /** Whether money that was taken is still to be paid back. */
  readonly refunding: boolean;
};

/** A fulfilment that has only begun. */
export const begun: Fulfilment = { stage: "reserving stock", lines: [], refunding: false };

/** The order's articles, each once, all of them asked for. */
export function linesOf(ordered: readonly { readonly sku: string; readonly quantity: number }[]): readonly Line[] {
  const pieces = new Map<string, number>();
  for (const { sku, quantity } of ordered) pieces.set(sku, (pieces.get(sku) ?? 0) + quantity);
  return [...pieces].map(([sku, quantity]) => ({ sku, quantity, stock: "asked" }));
}

/** The fulfilment with one article's stock as it is now. */
export function withStock(order: Fulfilment, sku: string, stock: Line["stock"]): Fulfilment {
  return { ...order, lines: order.lines.map((line) => (line.sku === sku ? { ...line, stock } : line)) };
}

/** The articles in one of these states. */
export function linesIn({ lines }: Fulfilment, ...states: readonly Line["stock"][]): readonly Line[] {
  return lines.filter(({ stock }) => states.includes(stock));
}

/** Asks for the order to be called off; what was held is given back when that has happened. */
export function callOff(order: Fulfilment, orderId: string, reason: string): ProcessStep<Fulfilment> {
  return becomes({ ...order, stage: "calling off" }, stopWaiting, send("order", orderId, "CancelOrder", { reason }));
}

/** Gives back what the order holds of an article. */
export function release(orderId: string, sku: string): ProcessAct {
  return send("inventory", sku, "ReleaseReservation", { orderId, reason: "the order was called off" });
}

/** Books an article out of the house. */
export function bookOut(orderId: string, sku: string): ProcessAct {
  return send("inventory", sku, "ShipStock", { orderId });
}

/** Takes back every timer: nobody is waited for any longer. */
export const stopWaiting: readonly ProcessAct[] = ["reservation", "payment", "shipment"].map(cancelTimer);

/** Ends what has nothing left to do: all articles gone out, or all given back and the money with them. */
export function settled(order: Fulfilment, ...acts: readonly ProcessAct[]): ProcessStep<Fulfilment> {
  const open = linesIn(order, "asked", "held").length > 0 || order.refunding;
  if (open) return becomes(order, acts);
  if (order.stage === "booking out") return ends({ ...order, stage: "shipped" }, acts);
  if (order.stage === "calling off") return ends({ ...order, stage: "called off" }, acts);
  return becomes(order, acts);
}
