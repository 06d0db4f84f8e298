import { beforeAll, describe, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { createCommands } from "@/lib/commands/handle";
import { modules } from "@/lib/domain";
import { eventually } from "@/lib/testing/eventually";
import { foldRows } from "@/lib/testing/fold-rows";
import { createMemoryStore } from "@/lib/testing/memory-store";
import { driveTraffic } from "@/lib/traffic/drive";
import type { Counts } from "@/lib/traffic/patient-doors";
import { seedDemo } from "@/lib/traffic/seed-demo";
import type { Doors } from "@/lib/traffic/shop";

const catalog = createCatalog(modules);
const shop = () => {
  const store = createMemoryStore();
  const doors: Doors = { send: createCommands({ store, catalog }).handle, append: store.append };
  return { store, doors };
};
const signal = new AbortController().signal;

describe("the past of the demo", () => {
  const { store, doors } = shop();
  let counts: Counts;
  beforeAll(async () => {
    counts = await seedDemo({ ...doors, signal });
  });

  test("has some hundred orders over a week, most of them done", () => {
    const placed = store.events.filter(({ type }) => type === "OrderPlaced");
    expect(placed.length).toBeGreaterThan(230);
    expect(new Set(placed.map(({ occurredAt }) => occurredAt.slice(0, 10))).size).toBeGreaterThanOrEqual(7);
    expect(store.events.filter(({ type }) => type === "OrderDelivered").length).toBeGreaterThan(placed.length / 2);
  });

  test("has every type of event, and old schema versions among them", () => {
    const seen = new Set(store.events.map(({ type, schemaVersion }) => `${type} ${schemaVersion}`));
    expect(
      catalog
        .describe()
        .events.flatMap(({ type, schemaVersion }) => (seen.has(`${type} ${schemaVersion}`) ? [] : [type])),
    ).toEqual([]);
    expect([...seen]).toEqual(
      expect.arrayContaining([
        "ItemAdded 1",
        "ItemAdded 2",
        "OrderPlaced 1",
        "PaymentCaptured 1",
        "StockReceived 1",
        "StockAdjusted 1",
      ]),
    );
  });

  test("has conflicts, rejections, cancellations and returns", () => {
    expect(counts.commands).toBeGreaterThan(2_000);
    expect(counts.rejections).toBeGreaterThan(10);
    expect(counts.conflicts).toBeGreaterThan(10);
    for (const type of ["OrderCancelled", "OrderReturned", "PaymentRefunded"])
      expect(store.events.filter((event) => event.type === type).length).toBeGreaterThan(5);
  });

  test("tells each order's way through both domains under one correlation id, each step caused by the one before", () => {
    const delivered = new Set(store.events.flatMap(({ type, stream }) => (type === "OrderDelivered" ? [stream] : [])));
    const placed = store.events.find(
      ({ type, schemaVersion, stream }) => `${type} ${schemaVersion}` === "OrderPlaced 2" && delivered.has(stream),
    );
    const trace = store.events.filter(({ correlationId }) => correlationId === placed?.correlationId);
    expect(trace.map(({ type }) => type)).toEqual(
      expect.arrayContaining(["OrderPlaced", "StockReserved", "PaymentCaptured", "StockShipped", "OrderDelivered"]),
    );
    const ids = new Set(trace.map(({ id }) => id));
    expect(trace.slice(1).every(({ causationId }) => causationId !== null && ids.has(causationId))).toBe(true);
  });

  test("can be read whole, and its counts by day add up", () => {
    const decoded = store.events.map((event) => catalog.decode(event));
    expect(decoded.filter(({ status }) => status !== "decoded")).toEqual([]);
    const perDay = catalog.projections.find(({ name }) => name === "orders-per-day");
    if (perDay?.style !== "fold") throw new Error("orders-per-day is no fold");
    const rows = [
      ...foldRows(
        perDay,
        decoded.flatMap((each) => (each.status === "decoded" ? each.events : [])),
      ).values(),
    ];
    expect(rows.every(({ orders }) => Number(orders) >= 0)).toBe(true);
    expect(rows.reduce((sum, { orders }) => sum + Number(orders), 0)).toBe(
      store.events.filter(({ type }) => type === "OrderPlaced").length,
    );
  });

  test("is the same for the same seed, and another for another", async () => {
    const past = async (seed: string) => {
      const { store, doors } = shop();
      await seedDemo({ ...doors, signal, seed, lives: 60, sideBySide: 1 });
      return store.events.map(({ stream, version, type }) => `${stream} ${version} ${type}`);
    };
    const first = await past("one");
    expect(await past("one")).toEqual(first);
    expect(await past("two")).not.toEqual(first);
  });
});

describe("the traffic", () => {
  const drive = (doors: Doors, running: () => boolean) => {
    const controller = new AbortController();
    const errors: unknown[] = [];
    let reports = 0;
    const done = driveTraffic({
      ...doors,
      signal: controller.signal,
      readSettings: async () => ({ running: running(), ratePerSecond: 200 }),
      report: async () => void reports++,
      onError: (error) => errors.push(error),
    });
    const stop = async () => {
      controller.abort();
      await done;
    };
    return { stop, errors, reports: () => reports };
  };

  test("begins orders while it is switched on, and stops when it is told to", async () => {
    const { store, doors } = shop();
    const traffic = drive(doors, () => true);
    await eventually(() => expect(store.events.filter(({ type }) => type === "CartOpened").length).toBeGreaterThan(5));
    await traffic.stop();
    const events = store.events.length;
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.events.length).toBe(events);
    expect(traffic.errors).toEqual([]);
  });

  test("does nothing but give signs of life while it is switched off", async () => {
    const { store, doors } = shop();
    const traffic = drive(doors, () => false);
    await eventually(() => expect(traffic.reports()).toBeGreaterThanOrEqual(2));
    await traffic.stop();
    expect(store.events).toEqual([]);
  });

  test("outlasts a store that is away for a while", async () => {
    const { store, doors } = shop();
    let away = 20;
    const traffic = drive(
      {
        ...doors,
        send: async (command) =>
          away-- > 0 ? Promise.reject(Object.assign(new Error("away"), { code: "unavailable" })) : doors.send(command),
      },
      () => true,
    );
    await eventually(() => expect(store.events.filter(({ type }) => type === "CartOpened").length).toBeGreaterThan(5));
    await traffic.stop();
    expect(traffic.errors).toEqual([]);
  });
});
