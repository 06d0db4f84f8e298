import { defineDecider } from "@/lib/define";
import { type Account, moved, noAccount, withHold } from "./account";
import { accountCommands } from "./account-commands";
import { entryCommands } from "./entry-commands";
import { accountEvents } from "./events";

/** How an account moves, and what may be asked of it. */
export const account = defineDecider<Account>()({
  category: "account",
  events: accountEvents,
  initialState: () => noAccount,
  evolve: {
    AccountOpened: (account, { kind, ownerId }) => ({ ...account, status: "open", kind, ownerId }),
    MoneyDeposited: (account, { amountCents }) => moved(account, amountCents),
    CashReceived: (account, { amountCents }) => moved(account, -amountCents),
    MoneyWithdrawn: (account, { amountCents }) => moved(account, -amountCents),
    CashPaid: (account, { amountCents }) => moved(account, amountCents),
    TransferSent: (account, { amountCents }) => moved(account, -amountCents),
    TransferReceived: (account, { amountCents }) => moved(account, amountCents),
    HoldPlaced: (account, { holdId, amountCents }) => withHold(account, holdId, amountCents),
    HoldReleased: (account, { holdId }) => withHold(account, holdId, 0),
    AccountClosed: (account) => ({ ...account, status: "closed" }),
  },
  commands: { ...accountCommands, ...entryCommands },
});
