import { describe, test } from "vitest";
import { scenario } from "@/lib/testing/scenario";
import { account } from "./decider";
import { accountEvents } from "./events";

const { AccountOpened, MoneyDeposited, CashReceived, MoneyWithdrawn, CashPaid, TransferSent, TransferReceived } =
  accountEvents;
const { HoldPlaced, HoldReleased, AccountClosed } = accountEvents;

const opened = AccountOpened({ accountId: "42", kind: "customer", ownerId: "c-1", owner: "Ada King" });
const payee = AccountOpened({ accountId: "7", kind: "customer", ownerId: "c-2", owner: "Bo Lind" });
const till = AccountOpened({ accountId: "till", kind: "cash", ownerId: "bank", owner: "Till 1" });
const entry = { entryId: "e-1", amountCents: 100 };
const funded = MoneyDeposited({ ...entry, accountId: "42", till: "till" });
const received = CashReceived({ ...entry, accountId: "till", from: "42" });
const held = HoldPlaced({ holdId: "h-1", accountId: "42", amountCents: 60, reason: "card" });
const closed = AccountClosed({ accountId: "42", reason: "moved away" });
const accounts = scenario(account);

describe("an account", () => {
  test("is opened once, for one owner", () => {
    accounts.when("OpenAccount", { ownerId: "c-1", owner: "Ada King" }).thenRecorded(opened);
    accounts.given(opened).when("OpenAccount", { ownerId: "c-1", owner: "Ada King" }).thenRecorded();
    accounts.given(opened).when("OpenAccount", { ownerId: "c-9", owner: "Eve" }).thenRejected("ledger.account-taken");
  });
  test("is closed when nothing is left in it", () => {
    accounts.given(opened).when("CloseAccount", { reason: "moved away" }).thenRecorded(closed);
    accounts.given(opened, funded).when("CloseAccount", { reason: "moved away" }).thenRejected("ledger.not-empty");
    accounts.given(opened, closed).when("CloseAccount", { reason: "moved away" }).thenRecorded();
  });
});

describe("cash", () => {
  const cash = { ...entry, till: "till" };
  test("brought in is written to the account and to the till", () =>
    accounts.given(opened).andGiven(till).when("Deposit", cash).thenRecordedBoth(funded, received));
  test("is paid out of both as far as the account reaches", () => {
    accounts
      .given(opened, funded)
      .andGiven(till, received)
      .when("Withdraw", cash)
      .thenRecordedBoth(
        MoneyWithdrawn({ ...entry, accountId: "42", till: "till" }),
        CashPaid({ ...entry, accountId: "till", to: "42" }),
      );
    accounts.given(opened).andGiven(till).when("Withdraw", cash).thenRejected("ledger.insufficient-funds");
  });
  test("goes through a till, not through another customer's account", () =>
    accounts.given(opened).andGiven(payee).when("Deposit", cash).thenRejected("ledger.no-till"));
  test("goes nowhere while the till has no account", () =>
    accounts.given(opened).when("Deposit", cash).thenRejected("ledger.unknown-account"));
});

describe("a transfer", () => {
  const transfer = { ...entry, to: "7", purpose: "rent" };
  test("is written on both sides", () =>
    accounts
      .given(opened, funded)
      .andGiven(payee)
      .when("Transfer", transfer)
      .thenRecordedBoth(
        TransferSent({ ...entry, accountId: "42", to: "7", purpose: "rent" }),
        TransferReceived({ ...entry, accountId: "7", from: "42", purpose: "rent" }),
      ));
  test("cannot spend what is not there, nor what is held", () => {
    accounts.given(opened).andGiven(payee).when("Transfer", transfer).thenRejected("ledger.insufficient-funds");
    accounts
      .given(opened, funded, held)
      .andGiven(payee)
      .when("Transfer", transfer)
      .thenRejected("ledger.insufficient-funds");
  });
  test("needs two open accounts that differ", () => {
    accounts.given(opened, funded).when("Transfer", transfer).thenRejected("ledger.unknown-account");
    accounts.given(opened, closed).andGiven(payee).when("Transfer", transfer).thenRejected("ledger.account-closed");
    accounts
      .given(opened, funded)
      .andGiven(opened, funded)
      .when("Transfer", { ...transfer, to: "42" })
      .thenRejected("ledger.same-account");
  });
});

describe("a hold", () => {
  const hold = { holdId: "h-1", amountCents: 60, reason: "card" };
  test("sets money aside once, and gives it back once", () => {
    const released = HoldReleased({ holdId: "h-1", accountId: "42", amountCents: 60 });
    accounts.given(opened, funded).when("PlaceHold", hold).thenRecorded(held);
    accounts.given(opened, funded, held).when("PlaceHold", hold).thenRecorded();
    accounts.given(opened, funded, held).when("ReleaseHold", { holdId: "h-1" }).thenRecorded(released);
    accounts.given(opened, funded, held, released).when("ReleaseHold", { holdId: "h-1" }).thenRecorded();
  });
  test("cannot change its size unsaid, nor hold what is held", () => {
    accounts
      .given(opened, funded, held)
      .when("PlaceHold", { ...hold, amountCents: 10 })
      .thenRejected("ledger.hold-differs");
    accounts
      .given(opened, funded, held)
      .when("PlaceHold", { ...hold, holdId: "h-2" })
      .thenRejected("ledger.insufficient-funds");
  });
});
