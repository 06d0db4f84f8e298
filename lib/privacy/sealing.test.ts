import fc from "fast-check";
import { expect, test } from "vitest";
import { bringKeys, type SealedEvent } from "@/lib/privacy/keys-at-hand";
import { openInText } from "@/lib/privacy/open-in-text";
import { isSamePayload, KeyUnknown, openPayload, readableText } from "@/lib/privacy/open-payload";
import type { PersonalPath } from "@/lib/privacy/personal-path";
import { refuseSealed } from "@/lib/privacy/refuse-sealed";
import { SealBroken } from "@/lib/privacy/sealed-field";
import { createSealing } from "@/lib/privacy/sealing";
import { createMemoryKeys } from "@/lib/testing/memory-keys";

const paths: readonly PersonalPath[] = [
  { path: "name", subject: "person" },
  { path: "name.first", subject: "person" },
  { path: "guests.*.name", subject: "guests.*.id" },
  { path: "tags.*", subject: "person" },
  { path: "age", subject: "person" },
];

let count = 0;
function eventOf(data: string, facts: Partial<SealedEvent> = {}): SealedEvent {
  count += 1;
  const id = `00000000-0000-7000-8000-${String(count).padStart(12, "0")}`;
  return { id, stream: "party-1", type: "Invited", tenant: null, data, ...facts };
}

function arranged() {
  const keys = createMemoryKeys();
  const sealing = createSealing(keys, () => paths);
  if (!sealing) throw new Error("there is a key store");
  return {
    keys,
    sealing,
    /** The event as it would be stored, with its keys brought. */
    stored: async (event: SealedEvent): Promise<SealedEvent> => {
      const [data] = await sealing.seal([event]);
      if (typeof data !== "string") throw data;
      const sealed = { ...event, data };
      await bringKeys(keys, [sealed]);
      return sealed;
    },
    again: async (event: SealedEvent): Promise<SealedEvent> => {
      const copy = { ...event };
      await bringKeys(keys, [copy]);
      return copy;
    },
  };
}

const forgotten = () => "[gone]";
const party =
  '{ "person":"P-1", "name":{"first":"Ada"},\n "guests":[{"id":"P-2","name":"Grace"},{"id":"P-3","name":null}],"tags":["vip",7],"age":36,"sum":1.50, "of":"P-1"}';

test("what is personal is sealed in place, for several persons, and every other byte stays", async () => {
  const { stored } = arranged();
  const sealed = await stored(eventOf(party));
  const around = sealed.data.replaceAll(/\{"\$sealed":\{[^}]*\}\}/g, "#");
  expect(around).toBe(
    '{ "person":"P-1", "name":#,\n "guests":[{"id":"P-2","name":#},{"id":"P-3","name":null}],"tags":[#,#],"age":#,"sum":1.50, "of":"P-1"}',
  );
  expect(openPayload(sealed, forgotten)).toEqual({ data: JSON.parse(party), forgotten: false });
  expect(readableText(sealed)).toBe(party);
});

test("any payload opens as the bytes that were sealed, and is told as the same when it is given again", async () => {
  const { stored, sealing } = arranged();
  const value = fc.json();
  await fc.assert(
    fc.asyncProperty(value, value, value, fc.boolean(), async (name, age, other, spaced) => {
      const gap = spaced ? " \n" : "";
      const text = `{${gap}"other":${other},"person":"P-9","name":${gap}${name},"age":${age}}`;
      const sealed = await stored(eventOf(text));
      expect(openPayload(sealed, forgotten).data).toEqual(JSON.parse(text));
      expect(readableText(sealed)).toBe(text);
      expect(isSamePayload(sealed, text)).toBe(true);
      expect(isSamePayload(sealed, text.replace('"P-9"', '"P-8"'))).toBe(false);
      expect(isSamePayload(sealed, `${text} `)).toBe(false);
      const changed = `{${gap}"other":${other},"person":"P-9","name":${gap}["${name.length}"],"age":${age}}`;
      expect(isSamePayload(sealed, changed)).toBe(changed === text);
      if (age !== "null") expect(await sealing.seal([eventOf(text)])).not.toEqual([sealed.data]);
    }),
    { numRuns: 60 },
  );
});

test("one forgotten person takes only what is theirs", async () => {
  const { keys, stored, again } = arranged();
  const sealed = await stored(eventOf(party));
  keys.forget("P-1");
  const read = openPayload(await again(sealed), forgotten);
  expect(read).toMatchObject({
    forgotten: true,
    data: { name: "[gone]", guests: [{ name: "Grace" }, {}], tags: ["[gone]", "[gone]"], age: "[gone]", sum: 1.5 },
  });
  expect(isSamePayload(await again(sealed), party)).toBe(true);
  expect(isSamePayload(await again(sealed), party.replace("Grace", "Hedy"))).toBe(false);
});

test("a lost key is an error that names it, and no forgetting", async () => {
  const { keys, stored, again } = arranged();
  const sealed = await stored(eventOf(party));
  keys.lose();
  const copy = await again(sealed);
  expect(() => openPayload(copy, forgotten)).toThrow(KeyUnknown);
  expect(() => openPayload(copy, forgotten)).toThrow(/not destroyed/);
  expect(readableText(copy)).toBe(sealed.data);
});

test("a key store that is down says nothing about any key, and what is not sealed needs none", async () => {
  const { keys, sealing, stored } = arranged();
  const sealed = await stored(eventOf(party));
  keys.down = true;
  await expect(bringKeys(keys, [{ ...sealed }])).rejects.toMatchObject({ code: "unavailable" });
  await expect(bringKeys(null, [{ ...sealed }])).rejects.toMatchObject({ code: "unavailable" });
  await expect(sealing.seal([eventOf(party)])).rejects.toMatchObject({ code: "unavailable" });
  const plain = eventOf('{"person":"P-1","name":null}');
  expect(await sealing.seal([plain])).toEqual([plain.data]);
  await bringKeys(keys, [plain]);
  expect(openPayload(plain, forgotten).forgotten).toBe(false);
});

test("a payload opens as a whole where all its keys are live, and value by value to the same where it is written otherwise", async () => {
  const { stored, again, keys } = arranged();
  const sealed = await stored(eventOf(party.replace("Ada", 'A\\"d\\\\a\\u00e9😀')));
  const read = openPayload(sealed, forgotten);
  expect(openInText(sealed)).toEqual({ data: read.data });
  expect(read.data).toMatchObject({ name: { first: 'A"d\\aé😀' }, tags: ["vip", 7], guests: [{ name: "Grace" }, {}] });
  for (const change of [
    (text: string) => text.replaceAll('"v":1,"alg":"A256GCM",', '"alg":"A256GCM","v":1,'),
    (text: string) => text.replaceAll('"}}', '"} }'),
  ]) {
    const other = await again({ ...sealed, data: change(sealed.data) });
    expect(openInText(other)).toBeUndefined();
    expect(openPayload(other, forgotten)).toEqual(read);
  }
  expect(openInText({ ...sealed })).toBeUndefined();
  keys.forget("P-2");
  expect(openInText(await again(sealed))).toBeUndefined();
});

test("no sealed value opens in another place of its event, nor what only looks like the number of one", async () => {
  const { stored, again } = arranged();
  const sealed = await stored(eventOf('{"person":"P-1","name":"Ada","age":36,"tags":["vip"]}'));
  const [name, age] = sealed.data.match(/\{"\$sealed":\{[^}]*\}\}/g) ?? [];
  for (const data of [
    sealed.data.replace(String(name), "#").replace(String(age), String(name)).replace("#", String(age)),
    sealed.data.replace(String(age), String(name)),
    sealed.data.replace("{", '{"first":{"$sealed":0},'),
    sealed.data.replace(/\}$/, ',"last":{"$sealed":0}}'),
    sealed.data.replace(/\}$/, ',"last":{"$sealed":9}}'),
    String(name),
  ]) {
    const other = await again({ ...sealed, data });
    expect(openInText(other)).toBeUndefined();
    expect(() => openPayload(other, forgotten)).toThrow(SealBroken);
  }
});

test("what was sealed for one event opens in no other", async () => {
  const { stored, again } = arranged();
  const sealed = await stored(eventOf(party));
  const others: Partial<SealedEvent>[] = [
    ...[{ id: "00000000-0000-7000-8000-000000009999" }, { stream: "party-2" }, { type: "Other" }, { tenant: "t" }],
    { data: sealed.data.replace('"person":"P-1"', '"person":"P-2"') },
    { data: sealed.data.replace('"age":', '"aged":') },
  ];
  for (const other of others) {
    const moved = await again({ ...sealed, ...other });
    expect(() => openPayload(moved, forgotten)).toThrow(SealBroken);
  }
});

test("many appends at once ask the key store few times, each person's key is one, and the forgotten refuse alone", async () => {
  const { keys, sealing } = arranged();
  keys.forget("P-13");
  keys.asked.toSeal = 0;
  const events = Array.from({ length: 200 }, (_, n) => eventOf(`{"person":"P-${n % 50}","age":${n}}`));
  const outcomes = await Promise.all(events.map(async (event) => (await sealing.seal([event]))[0]));
  const refused = outcomes.filter((outcome) => typeof outcome !== "string");
  expect(refused).toHaveLength(4);
  expect(refused[0]).toMatchObject({ code: "subject-forgotten" });
  // One call under way, one with all that came meanwhile, and the halves that find who was forgotten.
  expect(keys.asked.toSeal).toBeLessThan(20);
});

test("a personal value of nobody is refused, and says where", async () => {
  const { sealing } = arranged();
  for (const data of ['{"age":3}', '{"age":3,"person":7}', '{"age":3,"person":""}', '{"guests":[{"name":"x"}]}']) {
    expect((await sealing.seal([eventOf(data)]))[0]).toMatchObject({
      code: "payload-refused",
      reason: "subject-missing",
    });
  }
});

test("while a store does not seal, payloads are stored as they come, and no key is asked for; not to know is no yes", async () => {
  const keys = createMemoryKeys();
  const paths = () => [{ path: "age", subject: "person" }];
  const off = createSealing(keys, paths, async () => false);
  const event = { id: "a", stream: "s-1", type: "T", tenant: null, data: '{"age":3,"person":"p"}' };
  expect(await off?.seal([event])).toEqual([event.data]);
  expect(keys.asked.toSeal).toBe(0);
  const unknown = createSealing(keys, paths, () => Promise.reject(new Error("not settled")));
  await expect(unknown?.seal([event])).rejects.toThrow("not settled");
});

test("nobody but Tidemark seals: the member's name is refused however it is written", () => {
  for (const text of ['{"a":[{"$sealed":1}]}', '{"a":{"\\u0024sealed":{}}}', '{"a":{"$s\\u0065aled":{}}}'])
    expect(() => refuseSealed(text)).toThrow(expect.objectContaining({ reason: "sealed-value" }));
  for (const text of ['{"a":"$sealed"}', '{"a":"\\u0065"}', "3"]) expect(() => refuseSealed(text)).not.toThrow();
});

test("with all keys at hand nobody is asked and nobody waits; with one missing all are asked for", async () => {
  const { keys, sealing } = arranged();
  const hand = new Map([...(await keys.keysToSeal(null, ["P-1", "P-2", "P-3"]))]);
  keys.keyAtHand = (tenant, subject) => (tenant === null ? hand.get(subject) : undefined);
  const before = keys.asked.toSeal;
  const event = eventOf(party);
  const refused = eventOf('{"name":"Ada"}');
  const [sealed, refusal] = await sealing.seal([event, refused]);
  expect(keys.asked.toSeal).toBe(before);
  expect(refusal).toMatchObject({ reason: "subject-missing" });
  const stored = { ...event, data: String(sealed) };
  await bringKeys(keys, [stored]);
  expect(openPayload(stored, forgotten).data).toEqual(JSON.parse(party));
  hand.delete("P-2");
  keys.forget("P-2");
  expect(await sealing.seal([event])).toEqual([expect.objectContaining({ code: "subject-forgotten" })]);
  expect(keys.asked.toSeal).toBeGreaterThan(before);
  expect(await sealing.seal([eventOf(party, { tenant: "other" })])).toEqual([expect.any(String)]);
});

test("paths that lead to one place each seal the same found in the text as found in what was parsed", async () => {
  const fixed: readonly PersonalPath[] = [
    { path: "at.home.street", subject: "who.id" },
    { path: "at.home", subject: "who.id" },
    { path: "name", subject: "other" },
    { path: "at.~/odd", subject: "other" },
  ];
  const keys = createMemoryKeys();
  const inText = createSealing(keys, () => fixed);
  const parsed = createSealing(keys, () => [...fixed, { path: "nowhere.*", subject: "other" }]);
  const value = fc.oneof(fc.json(), fc.constantFrom("null", '"a\\"b"', "{}", '{"street":null}', '{ "street" : [1] }'));
  const person = fc.constantFrom('"P-1"', '"P-2"', '"\\u0050-1"', '"ü\\"\\\\"', '""', "null", "7", undefined);
  await fc.assert(
    fc.asyncProperty(value, value, value, person, person, async (home, name, odd, id, other) => {
      const who = id === undefined ? "[]" : `{"id":${id}}`;
      const data = `{"x":${odd}, "at" : {"home":${home},"~/odd":${odd}},"n\\u0061me":${name},"who":${who}${other === undefined ? "" : `,"other":${other}`}} `;
      const event = eventOf(data);
      const [[one], [two]] = [await inText?.seal([event]), await parsed?.seal([event])] as [unknown[], unknown[]];
      if (typeof one !== "string" || typeof two !== "string") {
        expect(one).toEqual(two);
        return;
      }
      // The same places, keys and persons; only nonces and what comes of them differ.
      const alike = (text: string) => text.replaceAll(/"iv":"[^"]*","data":"[^"]*"/g, "");
      expect(alike(one)).toBe(alike(two));
      const stored = { ...event, data: one };
      await bringKeys(keys, [stored]);
      expect(readableText(stored)).toBe(data);
    }),
  );
});

test("a number in a path is a place in a list, too", async () => {
  const sealing = createSealing(createMemoryKeys(), () => [{ path: "rows.0", subject: "person" }]);
  const [sealed] = (await sealing?.seal([eventOf('{"person":"P-1","rows":{"0":"Ada"}}')])) ?? [];
  expect(sealed).toContain('"rows":{"0":{"$sealed"');
  await expect(sealing?.seal([eventOf('{"person":"P-1","rows":["Ada"]}')])).rejects.toThrow("no key or no value");
});
