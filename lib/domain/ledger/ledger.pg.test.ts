import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { createCommands } from "@/lib/commands/handle";
import { openPool } from "@/lib/db/pool";
import { createEventStore } from "@/lib/event-store/store";
import { createInlineConsumers, inlineKnown } from "@/lib/projections/inline-consumers";
import { registerProjections } from "@/lib/projections/register-projections";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { ledger } from "./module";
import { accountBalances } from "./projections/account-balances";

const catalog = createCatalog([ledger]);
const inline = createInlineConsumers(catalog.projections, catalog, "tidemark");
let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, catalog.projections, catalog);
});
afterAll(() => database.close());

test("tellers race for hot accounts while their connections are cut: the sum of balances is zero whenever anybody looks", async () => {
  const customers = ["a", "b", "c", "merchant"];
  const desk = () => {
    const known = inlineKnown(catalog.projections);
    const pool = openPool({ url: database.url, max: 3, applicationName: "teller", inline: known });
    pool.on("error", () => undefined);
    return { pool, commands: createCommands({ store: createEventStore({ pool, inline }), catalog }) };
  };
  const desks = [desk(), desk(), desk()];
  const send = (n: number, id: string, command: string, input: object, key?: string) =>
    desks[n % 3]?.commands.handle({ category: "account", id, command, input, idempotencyKey: key });
  await send(0, "till", "OpenAccount", { kind: "cash", ownerId: "bank", owner: "Till" });
  for (const [n, id] of customers.entries()) {
    await send(0, id, "OpenAccount", { ownerId: id, owner: id });
    await send(0, id, "Deposit", { entryId: `first-${n}`, amountCents: 1_000, till: "till" });
  }

  let running = true;
  const sums: string[] = [];
  const sum = async () => {
    const { rows } = await database.owner.query<{ sum: unknown }>(
      "select sum(balance_cents) from tidemark_read.account_balances",
    );
    return String(rows[0]?.sum);
  };
  const look = async () => {
    while (running) sums.push(await sum());
  };
  const cut = async () => {
    let cuts = 0;
    while (running) {
      const { rowCount } = await database.owner.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where application_name = 'teller' and datname = current_database() order by random() limit 1`,
      );
      cuts += rowCount ?? 0;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    return cuts;
  };
  const looking = look();
  const cutting = cut();
  const entries = Array.from({ length: 200 }, (_, n) => n);
  let conflicts = 0;
  const teller = async (n: number) => {
    for (let entry = entries.pop(); entry !== undefined; entry = entries.pop()) {
      const id = customers[entry % 3] ?? "a";
      const amountCents = 1 + (entry % 90);
      const [command, input] =
        entry % 5 === 0
          ? ["Withdraw", { till: "till" }]
          : entry % 7 === 0
            ? ["Deposit", { till: "till" }]
            : ["Transfer", { to: entry % 2 ? "merchant" : (customers[(entry + 1) % 3] ?? "b") }];
      const key = `entry-${entry}`;
      for (;;) {
        try {
          const outcome = await send(
            n,
            id,
            command as string,
            { ...(input as object), entryId: key, amountCents },
            key,
          );
          conflicts += (outcome?.attempts ?? 1) - 1;
          break;
        } catch (error) {
          // Whether the cut one was stored is not known here; the key makes asking again safe.
          expect(["version-conflict", "unavailable"]).toContain((error as { code?: string }).code);
        }
      }
    }
  };
  await Promise.all(Array.from({ length: 6 }, (_, n) => teller(n)));
  running = false;
  await looking;
  expect(await cutting).toBeGreaterThan(5);
  await Promise.all(desks.map(({ pool }) => pool.end()));

  expect(new Set(sums)).toEqual(new Set(["0"]));
  expect(sums.length).toBeGreaterThan(100);
  expect(conflicts).toBeGreaterThan(10);
  expect(await readModelOf(database.pool, accountBalances)).toEqual(
    await foldLog(database.pool, catalog, accountBalances),
  );
  // Each entry has its two halves, in two accounts, once each, and they cancel out.
  const { rows } = await database.owner.query(
    `select data->>'entryId' as entry, count(*)::int as halves, count(distinct stream)::int as accounts
       from tidemark.events where data->>'entryId' is not null group by 1 having count(*) <> 2 or count(distinct stream) <> 2`,
  );
  expect(rows).toEqual([]);
}, 60_000);
