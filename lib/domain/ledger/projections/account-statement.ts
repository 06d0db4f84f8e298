import { defineFold } from "@/lib/define";
import { accountEvents } from "../events";

/** The lines of an account's statement: one row an entry, in the order of the account's own history. */
export const accountStatement = defineFold({
  name: "account-statement",
  version: 1, // Raise it to build the read model anew; it fills from the start of the log.
  description: "Every entry of every account, with what it was for and who was on the other side.",
  events: accountEvents,
  columns: {
    account_id: "text",
    entry_id: "text",
    line: "integer",
    amount_cents: "bigint",
    other_account: "text",
    purpose: "text",
    booked_at: "timestamptz?",
  },
  partitions: 2,
  sloMs: 5_000,
  // Padded, so that the lines of one account sort by number.
  key: ({ stream, version }) => `${stream}/${String(version).padStart(10, "0")}`,
  initial: (key) => ({
    account_id: key.slice("account-".length, key.lastIndexOf("/")),
    entry_id: "",
    line: 0,
    amount_cents: 0,
    other_account: "",
    purpose: "",
    booked_at: null,
  }),
  evolve: {
    MoneyDeposited: (row, event) => ({ ...row, ...line(event, 1, event.data.till, "cash in") }),
    CashReceived: (row, event) => ({ ...row, ...line(event, -1, event.data.from, "cash in") }),
    MoneyWithdrawn: (row, event) => ({ ...row, ...line(event, -1, event.data.till, "cash out") }),
    CashPaid: (row, event) => ({ ...row, ...line(event, 1, event.data.to, "cash out") }),
    TransferSent: (row, event) => ({ ...row, ...line(event, -1, event.data.to, event.data.purpose) }),
    TransferReceived: (row, event) => ({ ...row, ...line(event, 1, event.data.from, event.data.purpose) }),
  },
});

type Entry = {
  readonly version: number;
  readonly occurredAt: string;
  readonly data: { readonly entryId: string; readonly amountCents: number };
};

function line({ version, occurredAt, data }: Entry, sign: 1 | -1, other_account: string, purpose: string) {
  const { entryId: entry_id, amountCents } = data;
  return { entry_id, line: version, amount_cents: sign * amountCents, other_account, purpose, booked_at: occurredAt };
}
