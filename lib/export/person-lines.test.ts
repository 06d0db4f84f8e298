import { expect, test } from "vitest";
import { type PersonEvent, personEventLine, personRowLine } from "@/lib/export/person-lines";
import { bringKeys } from "@/lib/privacy/keys-at-hand";
import type { PersonalPath } from "@/lib/privacy/personal-path";
import { createSealing } from "@/lib/privacy/sealing";
import { createMemoryKeys } from "@/lib/testing/memory-keys";

const paths: readonly PersonalPath[] = [
  { path: "name", subject: "person" },
  { path: "age", subject: "person" },
  { path: "guests.*.name", subject: "guests.*.id" },
];
const party =
  '{ "person":"P-1", "name":"Ada King",\n "guests":[{"id":"P-2","name":"Grace"},{"id":"P-1","name":"Ada"}],"age":1e2 }';
const masked = "▒▒▒ not of this person, masked";

function arranged() {
  const keys = createMemoryKeys();
  const facts = { id: "018f3c00-0000-7000-8000-000000000001", stream: "party-1", type: "Invited", tenant: null };
  const rest = { position: 7n, version: 1n, schemaVersion: 1, recordedAt: "2026-01-01", occurredAt: "2026-01-01" };
  return {
    keys,
    own: async (subject: string) => new Set([...(await keys.keysToSeal(null, [subject])).values()].map(({ id }) => id)),
    stored: async (data: string, sealed: readonly PersonalPath[]): Promise<PersonEvent> => {
      const [text] = (await createSealing(keys, () => sealed)?.seal([{ ...facts, data }])) ?? [];
      if (typeof text !== "string") throw text;
      return { ...facts, ...rest, data: text };
    },
  };
}

test("of an event a person gets their own values and every byte around them, and nobody else's", async () => {
  const { keys, own, stored } = arranged();
  const event = await stored(party, paths);
  await bringKeys(keys, [event]);
  const ada = personEventLine(event, await own("P-1"), paths);
  expect(ada).toMatchObject({ values: 3, unread: 0 });
  expect(ada.line).toContain('"data":{ "person":"P-1", "name":"Ada King",  "guests":[');
  expect(ada.line).toContain('"age":1e2 }}\n');
  expect(JSON.parse(ada.line)).toMatchObject({
    ...{ kind: "event", position: "7", stream: "party-1", version: 1, fields: ["name", "guests[1].name", "age"] },
    data: { guests: [{ id: "P-2", name: masked }, { name: "Ada" }] },
  });
  const grace = personEventLine(event, await own("P-2"), paths);
  expect(JSON.parse(grace.line)).toMatchObject({ fields: ["guests[0].name"], data: { name: masked, age: masked } });
  expect(grace.line).not.toMatch(/Ada|1e2|\$sealed/);
});

test("values from before the store sealed are told apart by whose they are; what nobody can read says why", async () => {
  const { keys, own, stored } = arranged();
  // Only the guests were sealed then.
  const event = await stored(party, paths.slice(2));
  await bringKeys(keys, [event]);
  const grace = personEventLine(event, await own("P-2"), paths);
  expect(JSON.parse(grace.line)).toMatchObject({ fields: ["guests[0].name"], data: { name: masked, age: masked } });
  const ada = personEventLine(event, await own("P-1"), paths);
  expect(JSON.parse(ada.line)).toMatchObject({ fields: ["guests[1].name", "name", "age"], data: { name: "Ada King" } });

  const before = await own("P-1");
  keys.forget("P-1");
  const again = { ...event };
  await bringKeys(keys, [again]);
  const gone = personEventLine(again, before, paths);
  expect(gone.unread).toBe(1);
  expect(JSON.parse(gone.line)).toMatchObject({
    unread: [{ path: "guests[1].name", state: "forgotten" }],
    data: { guests: [{ name: masked }, { name: null }] },
  });
});

test("of a row a person gets what says something of them, its key, numbers and times; other texts are masked, and a row of others is not told", () => {
  const columns = [
    { name: "key", open: true },
    { name: "said", open: false },
    { name: "at", open: true },
  ];
  const row = '{"key":"o-1","said":{"to":"Ada King, Main Street","by":["Grace"],"n":4},"at":"2026-01-01"}';
  const line = (marks: { id: string | undefined; texts: string[] }) =>
    personRowLine({ readModel: "parcels", row }, columns, marks);
  expect(JSON.parse(line({ id: "P-1", texts: ["Ada King"] }) ?? "")).toEqual({
    ...{ kind: "row", readModel: "parcels", fields: ["said"] },
    data: { key: "o-1", said: { to: "Ada King, Main Street", by: [masked], n: masked }, at: "2026-01-01" },
  });
  expect(JSON.parse(line({ id: "o-1", texts: [] }) ?? "")).toMatchObject({ fields: ["key"] });
  expect(line({ id: "P-1", texts: ["Someone"] })).toBeUndefined();
});
