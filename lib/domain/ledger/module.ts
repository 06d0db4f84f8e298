import { defineModule } from "@/lib/define";
import { account } from "./decider";
import { accountEvents } from "./events";
import { accountBalances } from "./projections/account-balances";
import { accountStatement } from "./projections/account-statement";
import { accountUpcasters } from "./upcasters";

/** A bank's books: every entry touches two accounts, and all balances add up to zero. */
export const ledger = defineModule({
  name: "ledger",
  description: "Double-entry accounts: deposits, withdrawals, transfers and holds.",
  events: accountEvents,
  upcasters: accountUpcasters,
  deciders: [account],
  projections: [accountBalances, accountStatement],
  invariants: [
    {
      name: "All balances add up to zero",
      description: "What one account gains another loses, in cents, tills included.",
      projection: "account-balances",
      sumOf: "balance_cents",
      equals: 0,
    },
  ],
});
