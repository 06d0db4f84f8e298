import { expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { storedEvent } from "@/lib/testing/stored-event";
import golden from "./golden-events.json";
import { modules } from "./index";

const catalog = createCatalog(modules);

test.each(golden)("$type in schema version $schemaVersion is read as ever", (example) => {
  const { type, schemaVersion, data } = example;
  const decoding = catalog.decode(storedEvent({ type, schemaVersion, data: JSON.stringify(data) }));
  const events = "becomes" in example ? example.becomes : [{ type, data: example.decoded }];
  expect(decoding).toMatchObject({ status: "decoded", events });
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
