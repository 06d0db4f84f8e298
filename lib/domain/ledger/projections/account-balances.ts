import { defineFold, ownStream, type RowOf } from "@/lib/define";
import { accountEvents } from "../events";

const columns = {
  account_id: "text",
  kind: "text",
  owner_id: "text",
  status: "text",
  balance_cents: "bigint",
  held_cents: "bigint",
  available_cents: "bigint",
  entries: "integer",
  updated_at: "timestamptz?",
} as const;

type Row = RowOf<typeof columns>;

/**
 * What every account has, this moment. Inline: both sides of an entry appear in one transaction, so whoever adds up all
 * balances gets zero, at any time, or has found a fault.
 */
export const accountBalances = defineFold({
  name: "account-balances",
  version: 1, // Raise it to build the read model anew; it fills from the start of the log.
  description: "Each account's balance, what of it is held, and what can be spent.",
  events: accountEvents,
  mode: "inline",
  columns,
  key: ownStream,
  initial: (stream) => ({
    account_id: stream.slice("account-".length),
    kind: "customer",
    owner_id: "",
    status: "none",
    balance_cents: 0,
    held_cents: 0,
    available_cents: 0,
    entries: 0,
    updated_at: null,
  }),
  evolve: {
    AccountOpened: (row, { data, recordedAt }) => ({
      ...row,
      kind: data.kind,
      owner_id: data.ownerId,
      status: "open",
      updated_at: recordedAt,
    }),
    MoneyDeposited: (row, { data, recordedAt }) => booked(row, data.amountCents, recordedAt),
    CashReceived: (row, { data, recordedAt }) => booked(row, -data.amountCents, recordedAt),
    MoneyWithdrawn: (row, { data, recordedAt }) => booked(row, -data.amountCents, recordedAt),
    CashPaid: (row, { data, recordedAt }) => booked(row, data.amountCents, recordedAt),
    TransferSent: (row, { data, recordedAt }) => booked(row, -data.amountCents, recordedAt),
    TransferReceived: (row, { data, recordedAt }) => booked(row, data.amountCents, recordedAt),
    HoldPlaced: (row, { data, recordedAt }) => held(row, data.amountCents, recordedAt),
    HoldReleased: (row, { data, recordedAt }) => held(row, -data.amountCents, recordedAt),
    AccountClosed: (row, { recordedAt }) => ({ ...row, status: "closed", updated_at: recordedAt }),
  },
});

function booked(row: Row, byCents: number, at: string): Row {
  const balance_cents = row.balance_cents + byCents;
  const available_cents = balance_cents - row.held_cents;
  return { ...row, balance_cents, available_cents, entries: row.entries + 1, updated_at: at };
}

function held(row: Row, byCents: number, at: string): Row {
  const held_cents = row.held_cents + byCents;
  return { ...row, held_cents, available_cents: row.balance_cents - held_cents, updated_at: at };
}
