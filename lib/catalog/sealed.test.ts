import { expect, test } from "vitest";
import { z } from "zod";
import { createCatalog } from "@/lib/catalog/catalog";
import { defineDecider, defineEvents, defineModule, defineUpcaster, FORGOTTEN, personal } from "@/lib/define";
import { createSealing } from "@/lib/privacy/sealing";
import { createMemoryKeys } from "@/lib/testing/memory-keys";
import { storedEvent } from "@/lib/testing/stored-event";

const events = defineEvents({
  Joined: [
    2,
    z.object({
      memberId: z.string(),
      email: personal(z.email(), "memberId"),
      born: personal(z.int().min(1900), "memberId", 1900),
      phones: z
        .array(z.object({ number: personal(z.string().regex(/^\+/), "memberId"), kind: z.enum(["a", "b"]) }))
        .default([]),
      nick: personal(z.string().max(5), "memberId").optional(),
    }),
  ],
});
const upcaster = defineUpcaster({
  type: "Joined",
  from: 1,
  to: 2,
  personal: { mail: "memberId" },
  up: ({ mail, ...rest }: { mail: string; memberId: string }) => ({ ...rest, email: mail.toLowerCase(), born: 1990 }),
});
const decider = defineDecider<object>()({
  category: "member",
  events,
  initialState: () => ({}),
  evolve: { Joined: (_, data) => data },
  commands: {},
});
const module = defineModule({
  name: "members",
  description: "Members.",
  events,
  upcasters: [upcaster],
  deciders: [decider],
  projections: [],
});

const payload = {
  memberId: "M-1",
  email: "ada@example.org",
  born: 1915,
  phones: [{ number: "+49", kind: "a" }],
  nick: "ada",
};

async function arranged(schemaVersion: number, data: object) {
  const keys = createMemoryKeys();
  const catalog = createCatalog([module], [], keys);
  const sealing = createSealing(keys, catalog.personalPaths);
  const plain = storedEvent({ type: "Joined", schemaVersion, data: JSON.stringify(data) });
  const [text] = (await sealing?.seal([plain])) ?? [];
  const read = async () => {
    const stored = { ...plain, data: String(text) };
    await catalog.bringKeys([stored]);
    return catalog.decode(stored);
  };
  return { keys, catalog, read, stored: { ...plain, data: String(text) } };
}

test("a sealed event reads as it was, in its own version and in an old one", async () => {
  expect(await (await arranged(2, payload)).read()).toMatchObject({ status: "decoded", events: [{ data: payload }] });
  const old = await arranged(1, { memberId: "M-1", mail: "Ada@Example.org" });
  expect(old.stored.data).not.toContain("Example");
  expect(await old.read()).toMatchObject({ status: "decoded", events: [{ data: { email: "ada@example.org" } }] });
});

test("a forgotten field passes its schema, whatever form that asks for, and a field of numbers reads as its stand-in", async () => {
  const current = await arranged(2, payload);
  current.keys.forget("M-1");
  const gone = {
    memberId: "M-1",
    email: FORGOTTEN,
    born: 1900,
    phones: [{ number: FORGOTTEN, kind: "a" }],
    nick: FORGOTTEN,
  };
  expect(await current.read()).toMatchObject({ status: "decoded", events: [{ data: gone }] });
  const old = await arranged(1, { memberId: "M-1", mail: "Ada@Example.org" });
  old.keys.forget("M-1");
  expect(await old.read()).toMatchObject({
    status: "decoded",
    events: [{ data: { email: FORGOTTEN, born: 1990, phones: [] } }],
  });
});

test("a value's hash is the same wherever the person has it, is nobody else's, and cannot be made once the person is forgotten", async () => {
  const { keys, catalog, read, stored } = await arranged(2, payload);
  const hashOf = async (subject: string, value: string | number) => {
    const decoded = await read();
    return decoded.status === "decoded" ? decoded.events[0]?.lookupHash(subject, value) : undefined;
  };
  const hash = await hashOf("M-1", "ada@example.org");
  expect(hash).toMatch(/^[\w-]{43}$/);
  const other = { ...stored, id: "00000000-0000-7000-8000-0000000000ff" };
  const [again] =
    (await createSealing(keys, catalog.personalPaths)?.seal([{ ...other, data: JSON.stringify(payload) }])) ?? [];
  const second = { ...other, data: String(again) };
  await catalog.bringKeys([second]);
  const decoded = catalog.decode(second);
  expect(decoded.status === "decoded" && decoded.events[0]?.lookupHash("M-1", "ada@example.org")).toBe(hash);
  expect(await hashOf("M-1", "Ada@example.org")).not.toBe(hash);
  expect(await hashOf("M-1", 1915)).not.toBe(await hashOf("M-1", "1915"));
  expect(await hashOf("M-2", "ada@example.org")).toBeNull();
  const strangers = await arranged(2, { ...payload, memberId: "M-2" });
  const theirs = await strangers.read();
  expect(theirs.status === "decoded" && theirs.events[0]?.lookupHash("M-2", "ada@example.org")).not.toBe(hash);
  keys.forget("M-1");
  expect(await hashOf("M-1", "ada@example.org")).toBeNull();
});

test("to be forgotten excuses nothing else about an event", async () => {
  const wrong = await arranged(2, { ...payload, phones: [{ number: "+49", kind: "c" }] });
  wrong.keys.forget("M-1");
  expect(await wrong.read()).toMatchObject({ status: "failed", stage: "validate" });
  const { catalog } = wrong;
  const plain = storedEvent({
    type: "Joined",
    schemaVersion: 2,
    data: JSON.stringify({ ...payload, email: FORGOTTEN }),
  });
  expect(catalog.decode(plain)).toMatchObject({ status: "failed", stage: "validate" });
});

test("an unknown key fails the event at opening; keys that nobody brought are no reason to call it forgotten", async () => {
  const { keys, catalog, read, stored } = await arranged(2, payload);
  expect(catalog.decode(stored)).toMatchObject({ status: "failed", stage: "open" });
  keys.lose();
  expect(await read()).toMatchObject({
    status: "failed",
    stage: "open",
    error: { facts: { reason: expect.stringContaining("not destroyed") } },
  });
  keys.down = true;
  await expect(read()).rejects.toMatchObject({ code: "unavailable" });
});

test("payloads that were stored before anything was sealed read as ever, without a key store too", () => {
  const catalog = createCatalog([module]);
  const plain = storedEvent({ type: "Joined", schemaVersion: 2, data: JSON.stringify(payload) });
  expect(catalog.decode(plain)).toMatchObject({ status: "decoded", events: [{ data: payload }] });
});
