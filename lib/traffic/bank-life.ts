import { newId } from "@/lib/kernel/ids";
import type { Person } from "@/lib/traffic/people";
import { converse, type Life, type Surroundings } from "@/lib/traffic/shop";

const tills = ["till-1", "till-2", "till-3"] as const;
const purposes = ["rent", "shared dinner", "birthday", "phone bill", "lessons"] as const;
/** Where most of the town pays: its account is the one that everybody writes to at once. */
const merchant = { customerId: "shop-of-the-town", name: "Shop of the Town" };

/** The way to the bank's accounts, in conversations of their own; opening what is open changes nothing. */
function bank(shop: Surroundings) {
  const talk = converse(shop);
  const ask = (actor: string, id: string, command: string, input: object, key?: string) =>
    talk.ask(actor, "account", id, command, input, key);
  return {
    ask,
    open: (id: string, ownerId: string, owner: string, kind = "customer") =>
      ask("bank", id, "OpenAccount", { kind, ownerId, owner }),
    openTill: (till: string) => ask("bank", till, "OpenAccount", { kind: "cash", ownerId: "bank", owner: till }),
  };
}

/** A customer at the bank: brings cash, pays, has money held and released, and now and then asks for more than there is. */
export async function* bankLife(shop: Surroundings, customer: Person, friend: Person): Life {
  const { random, name } = shop;
  const { customerId } = customer;
  const till = random.pick(tills);
  const counter = bank(shop);
  await counter.openTill(till);
  await counter.open(customerId, customerId, customer.name);
  await counter.open(merchant.customerId, merchant.customerId, merchant.name);
  const amountCents = random.between(2_000, 60_000);
  const paidIn = { entryId: `${name}-in`, amountCents, till };
  await counter.ask(till, customerId, "Deposit", paidIn, `${name}-in`);
  yield random.between(400, 3_000);

  for (let payment = 1; payment <= random.between(1, 3); payment++) {
    const entryId = `${name}-pay-${payment}`;
    const pay = { entryId, to: merchant.customerId, amountCents: random.between(200, 6_000), purpose: "groceries" };
    await bank(shop).ask(customerId, customerId, "Transfer", pay, entryId);
    yield random.between(300, 2_500);
  }
  if (random.chance(0.3)) yield* cardPayment(shop, customerId);
  if (random.chance(0.4)) {
    const sending = bank(shop);
    await sending.open(friend.customerId, friend.customerId, friend.name);
    const give = { entryId: `${name}-give`, to: friend.customerId, amountCents: random.between(500, 4_000) };
    await sending.ask(customerId, customerId, "Transfer", { ...give, purpose: random.pick(purposes) }, `${name}-give`);
    yield random.between(300, 2_500);
  }
  if (random.chance(0.15)) {
    // More than anybody here has: the answer is a no.
    const tooMuch = { entryId: `${name}-much`, amountCents: 90_000_000, till };
    await bank(shop).ask(till, customerId, "Withdraw", tooMuch);
    yield random.between(200, 900);
  }
  const out = { entryId: `${name}-out`, amountCents: random.between(1_000, 9_000), till };
  await bank(shop).ask(till, customerId, "Withdraw", out, `${name}-out`);
}

/** The card company has money held first, and takes it a while later. */
async function* cardPayment(shop: Surroundings, customerId: string): Life {
  const { random, name } = shop;
  const [holdId, entryId] = [`${name}-card`, `${name}-card`];
  const amountCents = random.between(500, 5_000);
  const card = bank(shop);
  const held = await card.ask("cards", customerId, "PlaceHold", { holdId, amountCents, reason: "card payment" });
  yield random.between(1_000, 8_000);
  if (!held) return;
  await card.ask("cards", customerId, "ReleaseHold", { holdId });
  const taken = { entryId, to: merchant.customerId, amountCents, purpose: "card payment" };
  await card.ask("cards", customerId, "Transfer", taken, entryId);
}

/** A club keeps an account for one collection, pays it all out, and closes it. */
export async function* collection(shop: Surroundings, keeper: Person): Life {
  const { random, name } = shop;
  const account = `club-${name}`;
  const till = random.pick(tills);
  const amountCents = random.between(1_000, 20_000);
  const club = bank(shop);
  await club.openTill(till);
  await club.open(account, keeper.customerId, keeper.name);
  await club.open(keeper.customerId, keeper.customerId, keeper.name);
  await club.ask(till, account, "Deposit", { entryId: `${name}-in`, amountCents, till }, `${name}-in`);
  yield random.between(1_000, 9_000);
  const given = { entryId: `${name}-all`, to: keeper.customerId, amountCents, purpose: "collection" };
  await club.ask(keeper.customerId, account, "Transfer", given, `${name}-all`);
  yield random.between(500, 2_000);
  await club.ask(keeper.customerId, account, "CloseAccount", { reason: "collection is over" });
}

/**
 * The bank's old core still pays salaries: it writes the event forms of its day straight into the log, both sides of each
 * entry in one append. Its account is its own, and holds what it pays, so no decision is passed by.
 */
export async function* payroll(shop: Surroundings, employee: Person): Life {
  const { random, name, at } = shop;
  const [accountId, till] = [`payroll-${name}`, random.pick(tills)];
  const correlationId = newId();
  const write = (type: string, data: object) => ({
    type,
    schemaVersion: 1,
    data: JSON.stringify(data),
    occurredAt: at() ?? null,
  });
  const append = (key: string, writes: Parameters<Surroundings["append"]>[0]["writes"]) =>
    shop.append({ actor: "old-core", correlationId, idempotencyKey: `${key}-${name}`, writes });

  const opened = write("AccountOpened", { accountId, holderId: "employer", holder: "Employer" });
  await append("open", [{ stream: `account-${accountId}`, expectedVersion: "none", events: [opened] }]);
  const counter = bank(shop);
  await counter.openTill(till);
  await counter.open(employee.customerId, employee.customerId, employee.name);
  const salary = random.between(1_500, 3_500);
  const brought = { entryId: `${name}-fund`, amountCents: salary * 100, till };
  await counter.ask(till, accountId, "Deposit", brought, `${name}-fund`);
  yield random.between(500, 3_000);

  const entry = { reference: `${name}-salary`, amount: salary, text: "salary" };
  const sent = write("TransferSent", { ...entry, accountId, to: employee.customerId });
  const received = write("TransferReceived", { ...entry, accountId: employee.customerId, from: accountId });
  await append("salary", [
    { stream: `account-${accountId}`, expectedVersion: "any", events: [sent] },
    { stream: `account-${employee.customerId}`, expectedVersion: "any", events: [received] },
  ]);
}
