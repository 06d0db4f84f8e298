import { createCatalog } from "@/lib/catalog/catalog";
import { createCommands } from "@/lib/commands/handle";
import { modules } from "@/lib/domain";
import { createEventStore } from "@/lib/event-store/store";
import { type FailpointLabel, failpoints } from "@/lib/kernel/failpoint";
import { createInlineConsumers } from "@/lib/projections/inline-consumers";
import type { TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import type { WorkerProcess, WorkerProcesses } from "@/lib/testing/worker-processes";

/** The domains whose orders are lived through, with their process. */
export const shopCatalog = createCatalog(modules);

/** The steps of a process's transactions at which workers are made to die. */
export const processSteps = failpoints.filter((label) => label.startsWith("process."));

/** How much is killed while how many people order. */
export type ProcessKills = {
  readonly kills: number;
  readonly orders: number;
  /** How long an order may stand still while everybody is killed; 240 s when absent. */
  readonly patienceMs?: number;
};

/** What came of it: deaths by step, cut connections, orders that were lived through. */
export type ProcessKillsDone = {
  readonly kills: number;
  readonly cuts: number;
  readonly orders: number;
  readonly hits: ReadonlyMap<FailpointLabel, number>;
};

const WORKERS = 3;
const SKUS = ["A", "B", "SCARCE"];
/** A step that is not reached by then is left to another worker. */
const PATIENCE_MS = 4_000;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Lets people order while workers are killed, at random moments and at every step of a process's transactions, and their
 * connections are cut. Goes on until so many were killed and each step was hit, then until every order has come to its end.
 * Throws when one does not.
 */
export async function killProcessWorkers(
  { pool, owner }: Pick<TestDatabase, "pool" | "owner">,
  processes: WorkerProcesses,
  { kills: least, orders, patienceMs = 240_000 }: ProcessKills,
): Promise<ProcessKillsDone> {
  const shop = people(pool, patienceMs);
  await shop.stock(orders);
  const hits = new Map(processSteps.map((step) => [step, 0]));
  let started = 0;
  let kills = 0;
  const start = (): Victim => {
    const step = started++ % 3 === 0 ? undefined : leastOf(hits);
    const nth = kills < least ? 1 + Math.floor(Math.random() * 3) : 1;
    return { step, worker: processes.start(step ? { TIDEMARK_FAILPOINT: `${step}:${nth}` } : {}) };
  };
  const victims = Array.from({ length: WORKERS }, start);
  const lives: Promise<void>[] = [];
  const cutting = new AbortController();
  const cuts = cutConnections(owner, cutting.signal);
  while (kills < least || ([...hits.values()].includes(0) && kills < 8 * least)) {
    // The steps that nobody has died at yet must be reached, which connections that are cut all the time prevent.
    if (kills === least) cutting.abort();
    // Beyond the planned kills there are a few orders more, so that there is something to die over.
    const wanted = kills < least ? (orders * (kills + 1)) / least : lives.length + 3;
    while (lives.length < wanted) {
      const life = shop.live(lives.length);
      // One that stands still is told of at the end, when nobody is killed any more.
      life.catch(() => undefined);
      lives.push(life);
    }
    // Whoever has died at its step already is replaced at once, so that somebody is always at work.
    const dead = victims.findIndex(({ worker: { child } }) => child.signalCode !== null || child.exitCode !== null);
    const place = dead >= 0 ? dead : kills % WORKERS;
    const victim = victims[place];
    if (!victim) throw new Error("no worker");
    const died = await endOf(victim, kills);
    if (died) hits.set(died, (hits.get(died) ?? 0) + 1);
    victims[place] = start();
    kills += 1;
  }
  cutting.abort();
  // Whoever is still armed would die in peace.
  for (const victim of victims.splice(0)) {
    victim.worker.child.kill("SIGKILL");
    await victim.worker.exited;
  }
  Array.from({ length: WORKERS }, () => processes.start());
  await Promise.all(lives);
  await eventually(
    async () => {
      const { rows } = await pool.query("select count(*)::int as n from process_instances where status = 'ended'");
      return rows[0].n === lives.length;
    },
    { deadlineMs: 90_000, everyMs: 200, what: "every order's fulfilment to end" },
  );
  return { kills, cuts: await cuts, orders: lives.length, hits };
}

type Victim = { readonly worker: WorkerProcess; readonly step: FailpointLabel | undefined };

/** A step that was hit least so far, by chance where there are several. */
function leastOf(hits: ReadonlyMap<FailpointLabel, number>): FailpointLabel | undefined {
  const fewest = Math.min(...hits.values());
  const least = [...hits].filter(([, times]) => times === fewest);
  return least[Math.floor(Math.random() * least.length)]?.[0];
}

/**
 * Sees a worker die: at its step if it comes there in time, else by our hand. Resolves with the step that it died at. Every fourth dies
 * while it starts; the others have started, as long as that may take on a busy machine, or no order would ever get anywhere.
 */
async function endOf({ worker, step }: Victim, turn: number): Promise<FailpointLabel | undefined> {
  await Promise.race([worker.ready.catch(() => undefined), worker.exited, ...(turn % 4 === 0 ? [pause(300)] : [])]);
  const died = await Promise.race([
    worker.exited.then(() => true),
    pause(step ? PATIENCE_MS : Math.random() * 400).then(() => false),
  ]);
  // One that ended by itself and not by the signal has met something else than its step.
  const atStep = died && worker.child.signalCode === "SIGKILL";
  worker.child.kill("SIGKILL");
  await worker.exited;
  return atStep ? step : undefined;
}

/** Statements that find a contradiction each: what must never be, whatever was killed. */
export const processContradictions: Readonly<Record<string, string>> = {
  "an order with more or less than one outcome": `select stream from events where type in ('OrderShipped', 'OrderCancelled') group by stream having count(*) <> 1`,
  "a line reserved more than once": `select data->>'orderId' from events where type = 'StockReserved' group by data->>'orderId', stream having count(*) <> 1`,
  "a reserved order without a reservation for each line": `select p.stream from events p join events r on r.stream = p.stream and r.type = 'OrderReserved'
    where p.type = 'OrderPlaced' and json_array_length(p.data->'lines') <> (
      select count(*) from events s where s.type = 'StockReserved' and 'order-' || (s.data->>'orderId') = p.stream)`,
  "a reservation that was neither shipped nor given back, or both": `select data->>'orderId' from events where type in ('StockReserved', 'ReservationReleased', 'StockShipped')
    group by data->>'orderId', stream having count(*) <> 2`,
  "money owed and not paid back once": `select c.stream from events c where c.type = 'OrderCancelled' and (c.data->>'owedCents')::int > 0 and 1 <> (
    select count(*) from events f where f.stream = c.stream and f.type = 'PaymentRefunded')`,
  "a command carried out twice": `select command->>'id' from events where actor = 'process:order-fulfilment' group by command->>'id', type having count(*) > 1`,
  "a timer fired twice": `select input_id from process_inputs where kind = 'timer' group by input_id having count(*) > 1`,
  "a command left unsent": `select id from process_commands where state = 'waiting'`,
  "a timer left unsettled": `select id from process_timers where state = 'waiting'`,
};

/** What the person behind an order does: pays and has it shipped, calls off at once or when it is paid, or never pays. */
const plans = ["ships", "cancels at once", "cancels when paid", "never pays"] as const;

/** People who order and go on with their orders, whatever becomes of the workers. */
function people(pool: TestDatabase["pool"], patienceMs: number) {
  const inline = createInlineConsumers(shopCatalog.projections, shopCatalog, "tidemark");
  const store = createEventStore({ pool, inline });
  const { handle } = createCommands({ store, catalog: shopCatalog });
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
      { deadlineMs: patienceMs, everyMs: 100, what: `${id} to be reserved or called off` },
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
        { deadlineMs: patienceMs, everyMs: 100, what: `the payment of ${id} to be waited for` },
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
    stock: (orders: number) =>
      Promise.all(
        SKUS.map((sku) =>
          ask("inventory", sku, "ReceiveStock", { quantity: sku === "SCARCE" ? 9 : 10 * orders + 500, supplier: "s" }),
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
