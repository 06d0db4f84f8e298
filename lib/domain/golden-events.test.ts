import { expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { foldEvent } from "@/lib/catalog/fold";
import { placesOf, valueAt } from "@/lib/privacy/personal-path";
import { createSealing } from "@/lib/privacy/sealing";
import { createMemoryKeys } from "@/lib/testing/memory-keys";
import { storedEvent } from "@/lib/testing/stored-event";
import { stateMask } from "@/lib/time-travel/mask-state";
import golden from "./golden-events.json";
import { modules } from "./index";

const catalog = createCatalog(modules);

test.each(golden)("$type in schema version $schemaVersion is read as ever", (example) => {
  const { type, schemaVersion, data } = example;
  const decoding = catalog.decode(storedEvent({ type, schemaVersion, data: JSON.stringify(data) }));
  const events = "becomes" in example ? example.becomes : [{ type, data: example.decoded }];
  expect(decoding).toMatchObject({ status: "decoded", events });
});

test("every example is read with everybody in it forgotten", async () => {
  const keys = createMemoryKeys();
  const sealed = createCatalog(modules, [], keys);
  const plain = golden.map(({ type, schemaVersion, data }, index) =>
    storedEvent({ type, schemaVersion, data: JSON.stringify(data), version: index + 1 }),
  );
  const texts = (await createSealing(keys, sealed.personalPaths)?.seal(plain)) ?? [];
  const subjects = golden.flatMap(({ type, data }) =>
    sealed.personalPaths(type).map(({ subject }) => (data as Record<string, unknown>)[subject]),
  );
  for (const subject of subjects) if (typeof subject === "string") keys.forget(subject);
  const stored = plain.map((event, index) => ({ ...event, data: String(texts[index]) }));
  await sealed.bringKeys(stored);
  expect(stored.filter(({ data }) => data.includes("$sealed")).length).toBeGreaterThan(5);
  for (const event of stored) expect(sealed.decode(event), event.type).toMatchObject({ status: "decoded" });
});

test("no state holds a personal value where its decider declares none: it would be shown unmasked", () => {
  let looked = 0;
  for (const { type, schemaVersion, data } of golden) {
    for (const category of modules.flatMap(({ deciders }) => deciders.map((decider) => decider.category))) {
      const decider = catalog.decider(category);
      if (!decider?.evolve[type]) continue;
      const event = storedEvent({ type, schemaVersion, data: JSON.stringify(data), stream: `${category}-1` });
      const folded = foldEvent(catalog, decider, decider.initialState(), event);
      const told = JSON.stringify("state" in folded ? stateMask(catalog, event.stream).state(folded.state) : null);
      const values = catalog
        .personalPaths(type)
        .flatMap(({ path }) => placesOf(data, path).map((at) => valueAt(data, at)));
      for (const value of values) expect(told, `${category}, ${type}`).not.toContain(JSON.stringify(value));
      looked += values.length;
    }
  }
  expect(looked).toBeGreaterThan(5);
});

test("every version of every event type has a golden example", () => {
  const released = catalog.describe().events.flatMap(({ type, versions }) => versions.map((v) => `${type} ${v}`));
  const examples = new Set(golden.map(({ type, schemaVersion }) => `${type} ${schemaVersion}`));
  expect(released.filter((version) => !examples.has(version))).toEqual([]);
});

test("names, addresses and e-mails are known as personal, in old versions too", () => {
  const paths = (type: string) => catalog.personalPaths(type).map(({ path }) => path);
  expect(paths("CartOpened")).toEqual(["name", "email"]);
  expect(paths("OrderPlaced")).toEqual(["shipTo.name", "shipTo.street", "shipTo.postcode", "shipTo.city", "address"]);
  expect(paths("OrderDelivered")).toEqual(["signedBy"]);
  expect(paths("AccountOpened")).toEqual(["owner", "holder"]);
  expect(paths("StockReceived")).toEqual([]);
});
