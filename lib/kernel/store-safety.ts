/**
 * How much care a store asks of its operators: `open`, what each act asks for by itself; `ask`, as for production, a reason,
 * a ticket and a typed name for grave acts; `locked`, no grave act at all.
 */
export const storeSafeties = ["open", "ask", "locked"] as const;

/** One of them. */
export type StoreSafety = (typeof storeSafeties)[number];
