import { z } from "zod";
import { both, jointCommand, reject } from "@/lib/define";
import type { Account } from "./account";
import { insufficient, refusal } from "./account-commands";
import { accountEvents, cents } from "./events";

const { MoneyDeposited, CashReceived, MoneyWithdrawn, CashPaid, TransferSent, TransferReceived } = accountEvents;

const amount = { entryId: z.string().min(1), amountCents: cents };

const deposit = jointCommand({
  description: "Takes cash into a till and writes it to a customer's account.",
  input: z.object({ ...amount, till: z.string().min(1) }),
  other: ({ till }) => till,
  decide: (account: Account, cash, { till, ...entry }, { id }) =>
    wrongSides(account, cash) ??
    both(MoneyDeposited({ ...entry, accountId: id, till }), CashReceived({ ...entry, accountId: till, from: id })),
});

const withdraw = jointCommand({
  description: "Pays cash out of a till, as far as the account reaches.",
  input: z.object({ ...amount, till: z.string().min(1) }),
  other: ({ till }) => till,
  decide: (account: Account, cash, { till, ...entry }, { id }) =>
    wrongSides(account, cash) ??
    insufficient(account, entry.amountCents) ??
    both(MoneyWithdrawn({ ...entry, accountId: id, till }), CashPaid({ ...entry, accountId: till, to: id })),
});

const transfer = jointCommand({
  description: "Moves money to another account; both sides are written together or not at all.",
  input: z.object({ ...amount, to: z.string().min(1), purpose: z.string().default("") }),
  other: ({ to }) => to,
  decide: (payer: Account, payee, { to, ...entry }, { id }) => {
    if (to === id) return reject("ledger.same-account", "Payer and payee are one account; nothing would move.");
    return (
      refusal(payer, `Account ${id}`) ??
      refusal(payee, `Account ${to}`) ??
      insufficient(payer, entry.amountCents) ??
      both(TransferSent({ ...entry, accountId: id, to }), TransferReceived({ ...entry, accountId: to, from: id }))
    );
  },
});

/** What moves money: every one of them touches two accounts. */
export const entryCommands = { Deposit: deposit, Withdraw: withdraw, Transfer: transfer };

/** Cash goes between a customer's account and a till, and nowhere else. */
function wrongSides(account: Account, cash: Account) {
  const closed = refusal(account) ?? refusal(cash, "The till's account");
  if (closed) return closed;
  if (account.kind === "customer" && cash.kind === "cash") return undefined;
  return reject("ledger.no-till", "Cash goes between a customer's account and a cash account. Use a transfer.");
}
