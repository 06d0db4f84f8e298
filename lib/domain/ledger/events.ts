import { z } from "zod";
import { defineEvents, personal } from "@/lib/define";

const id = z.string().min(1);

/** Money is whole cents of a euro: sums stay exact. An entry moves some, never none. */
export const cents = z.int().positive();

/**
 * What every entry repeats. One entry is two events with the same `entryId`, one in each account that it touches, written
 * together or not at all: what one account gains the other loses, so the balances of all accounts add up to zero.
 */
const entry = { entryId: id, accountId: id, amountCents: cents };

/** Whose money an account counts. A cash account stands for the notes in a till: what customers bring in, it owes. */
export const accountKind = z.enum(["customer", "cash"]);

/** What can happen to an account of a bank. */
export const accountEvents = defineEvents({
  AccountOpened: [
    2,
    z.object({ accountId: id, kind: accountKind, ownerId: id, owner: personal(z.string().min(1), "ownerId") }),
  ],
  MoneyDeposited: [1, z.object({ ...entry, till: id })],
  CashReceived: [1, z.object({ ...entry, from: id })],
  MoneyWithdrawn: [1, z.object({ ...entry, till: id })],
  CashPaid: [1, z.object({ ...entry, to: id })],
  TransferSent: [2, z.object({ ...entry, to: id, purpose: z.string() })],
  TransferReceived: [2, z.object({ ...entry, from: id, purpose: z.string() })],
  HoldPlaced: [1, z.object({ holdId: id, accountId: id, amountCents: cents, reason: z.string() })],
  HoldReleased: [1, z.object({ holdId: id, accountId: id, amountCents: cents })],
  AccountClosed: [1, z.object({ accountId: id, reason: z.string() })],
});
