/** An account as its decisions need it. Amounts are cents; a cash account's balance is what its till owes, so below zero. */
export type Account = {
  readonly status: "none" | "open" | "closed";
  readonly kind: "customer" | "cash";
  readonly ownerId: string;
  readonly balanceCents: number;
  /** What is set aside, by hold. Released holds go, so that a state stays as small as what is open. */
  readonly holds: Readonly<Record<string, number>>;
};

/** An account that nothing has happened to. */
export const noAccount: Account = { status: "none", kind: "customer", ownerId: "", balanceCents: 0, holds: {} };

/** What may be spent: the balance without what is held. */
export function availableCents({ balanceCents, holds }: Account): number {
  return balanceCents - Object.values(holds).reduce((sum, held) => sum + held, 0);
}

/** The account after an entry of so many cents, above or below zero. */
export function moved(account: Account, byCents: number): Account {
  return { ...account, balanceCents: account.balanceCents + byCents };
}

/** What a hold has set aside, 0 where there is none of this name. */
export function heldBy({ holds }: Account, holdId: string): number {
  return Object.hasOwn(holds, holdId) ? (holds[holdId] ?? 0) : 0;
}

/** The account with a hold of so many cents; 0 ends it. */
export function withHold(account: Account, holdId: string, amountCents: number): Account {
  const { [holdId]: _before, ...others } = account.holds;
  return { ...account, holds: amountCents === 0 ? others : { ...others, [holdId]: amountCents } };
}
