import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { createCommands } from "@/lib/commands/handle";
import { modules } from "@/lib/domain";
import { createEventStore } from "@/lib/event-store/store";
import { registerProcesses } from "@/lib/processes/register-processes";
import { createInlineConsumers } from "@/lib/projections/inline-consumers";
import { registerProjections } from "@/lib/projections/register-projections";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { bundleWorker, type WorkerProcess, type WorkerProcesses } from "@/lib/testing/worker-processes";

const catalog = createCatalog(modules);
let database: TestDatabase;
let processes: WorkerProcesses;
beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, catalog.projections, catalog);
  await registerProcesses(database.pool, catalog.processes, catalog);
  processes = await bundleWorker(database.url);
});
afterAll(async () => {
  await processes.close();
  await database.close();
});

const KILLS = 15;
const ORDERS = 40;
const SKUS = ["A", "B", "SCARCE"];
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** What the person behind an order does: pays and has it shipped, calls off at once or when it is paid, or never pays. */
const plans = ["ships", "cancels at once", "cancels when paid", "never pays"] as const;

/** People who order and go on with their orders, whatever becomes of the workers. */
function people(pool: TestDatabase["pool"]) {
  const inline = createInlineConsumers(catalog.projections, catalog, "tidemark");
  const store = createEventStore({ pool, inline });
  const { handle } = createCommands({ store, catalog });
  const ask = async (category: string, id: string, command: string, input: unknown) => {
    for (;;) {
      try {
        return await handle({ category, id, command, input, idempotencyKey: `${command}-${category}-${id}` });
      } catch (error) {
        if ((error as { code?: string }).code !== "version-conflict") throw error;
      }
    }
  };
  const order = (id: string, command: string, input: unknown) => ask("order", id, command, input);
  const seen = async (id: string) => (await store.readStream(`order-${id}`)).map(({ type }) => type);

  async function live(n: number): Promise<void> {
    const id = `o-${n}`;
    const plan = plans[n % plans.length];
    const lines = n % 3 === 0 ? ["A", "B", "SCARCE"] : ["A", "B"];
    await order(id, "OpenCart", { customerId: "c-1", name: "Ada", email: "ada@example.org" });
    for (const sku of lines) {
      const line = { sku, title: sku, quantity: 1, unitCents: 100 };
      await handle({ category: "order", id, command: "AddItem", input: line, idempotencyKey: `add-${sku}-${id}` });
    }
    const shipTo = { name: "Ada", street: "Way 1", postcode: "1000", city: "Town", country: "SE" };
    await order(id, "PlaceOrder", { shipTo });
    if (plan === "cancels at once") {
      await order(id, "CancelOrder", { reason: "changed my mind" });
      return;
    }
    const types = await eventually(
      async () => {
        const so = await seen(id);
        return so.includes("OrderReserved") || so.includes("OrderCancelled") ? so : undefined;
      },
      { deadlineMs: 150_000, everyMs: 100, what: `${id} to be reserved or called off` },
    );
    if (types.includes("OrderCancelled")) return;
    if (plan === "never pays") {
      await eventually(
        async () => {
          const { rowCount } = await pool.query(
            `update process_timers set due_at = clock_timestamp(), next_attempt_at = clock_timestamp()
              where instance = $1 and name = 'payment' and state = 'waiting'`,
            [id],
          );
          await pool.query(
            "update process_instances set due_at = process_due_at(process, instance) where instance = $1",
            [id],
          );
          return rowCount === 1;
        },
        { deadlineMs: 150_000, everyMs: 100, what: `the payment of ${id} to be waited for` },
      );
      return;
    }
    const { totalCents } = JSON.parse(
      (await store.readStream(`order-${id}`)).find(({ type }) => type === "OrderPlaced")?.data ?? "{}",
    );
    await order(id, "AuthorisePayment", { paymentId: id, amountCents: totalCents });
    await order(id, "CapturePayment", { paymentId: id });
    if (plan === "ships") await order(id, "ShipOrder", { carrier: "post", trackingCode: id });
    else await order(id, "CancelOrder", { reason: "found it cheaper" });
  }

  return {
    stock: () =>
      Promise.all(
        SKUS.map((sku) =>
          ask("inventory", sku, "ReceiveStock", { quantity: sku === "SCARCE" ? 9 : 500, supplier: "s" }),
        ),
      ),
    live,
  };
}

/** Ends connections of workers one after the other, in whatever statement they are; resolves with how many. */
async function cutConnections(owner: TestDatabase["owner"], signal: AbortSignal): Promise<number> {
  let cuts = 0;
  while (!signal.aborted) {
    const { rowCount } = await owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()
          and application_name in ('tidemark-worker', 'tidemark-consumers') order by state = 'idle', random() limit 1`,
    );
    cuts += rowCount ?? 0;
    await pause(50);
  }
  return cuts;
}

test("15 workers killed and many of their connections cut in mid-flow: each order ends once, with one reservation a line that is shipped or given back", async () => {
  const { pool } = database;
  const shop = people(pool);
  await shop.stock();
  let workers: WorkerProcess[] = Array.from({ length: 3 }, processes.start);
  const lives: Promise<void>[] = [];
  const cutting = new AbortController();
  const cuts = cutConnections(database.owner, cutting.signal);
  for (let kill = 0; kill < KILLS; kill++) {
    while (lives.length < (ORDERS * (kill + 1)) / KILLS) lives.push(shop.live(lives.length));
    const victim = workers[kill % workers.length];
    if (!victim) throw new Error("no worker");
    await Promise.race([victim.ready, pause(kill % 4 === 0 ? 300 : 5_000)]);
    await pause(Math.random() * 400);
    victim.child.kill("SIGKILL");
    await victim.exited;
    workers = workers.map((worker) => (worker === victim ? processes.start() : worker));
  }
  cutting.abort();
  expect(await cuts).toBeGreaterThan(50);
  await Promise.all(lives);
  await eventually(
    async () => {
      const { rows } = await pool.query("select count(*)::int as n from process_instances where status = 'ended'");
      return rows[0].n === ORDERS;
    },
    { deadlineMs: 90_000, everyMs: 200, what: "every order's fulfilment to end" },
  );

  const none = async (sql: string) => expect((await pool.query(sql)).rows).toEqual([]);
  // One outcome each.
  await none(
    `select stream from events where type in ('OrderShipped', 'OrderCancelled') group by stream having count(*) <> 1`,
  );
  const { rows: outcomes } = await pool.query(
    "select count(*)::int as n from events where type in ('OrderShipped', 'OrderCancelled')",
  );
  expect(outcomes).toEqual([{ n: ORDERS }]);
  // At most one reservation a line, exactly one where the order came to be reserved, and every piece accounted for.
  await none(
    `select data->>'orderId' from events where type = 'StockReserved' group by data->>'orderId', stream having count(*) <> 1`,
  );
  await none(`select p.stream from events p join events r on r.stream = p.stream and r.type = 'OrderReserved'
    where p.type = 'OrderPlaced' and json_array_length(p.data->'lines') <> (
      select count(*) from events s where s.type = 'StockReserved' and 'order-' || (s.data->>'orderId') = p.stream)`);
  await none(`select data->>'orderId' from events where type in ('StockReserved', 'ReservationReleased', 'StockShipped')
    group by data->>'orderId', stream having count(*) <> 2`);
  // Paid and called off means paid back, once.
  await none(`select c.stream from events c where c.type = 'OrderCancelled' and (c.data->>'owedCents')::int > 0 and 1 <> (
    select count(*) from events f where f.stream = c.stream and f.type = 'PaymentRefunded')`);
  // No command and no timer was carried out twice, and nothing is left undone.
  await none(
    `select command->>'id' from events where actor = 'process:order-fulfilment' group by command->>'id', type having count(*) > 1`,
  );
  await none("select input_id from process_inputs where kind = 'timer' group by input_id having count(*) > 1");
  await none("select id from process_commands where state = 'waiting'");
  await none("select id from process_timers where state = 'waiting'");
}, 300_000);
