import fc from "fast-check";
import { expect, test } from "vitest";
import { findPlain } from "@/lib/privacy/find-plain";

const nothing = { personal: new Set<string>(), notPersonal: new Set<string>() };
const told = (data: unknown, fields = nothing, names: ReadonlySet<string> = new Set()) =>
  findPlain(data, fields, names).map(({ path, sign }) => `${path}: ${sign}`);

test("addresses and numbers of persons are told wherever they stand, also within texts and as names of members", () => {
  const data = {
    note: "write to ada@example.org, please",
    contacts: [{ at: "+49 40 123456" }, { at: "(040) 12 34 56" }, { at: "bob@example.org" }],
    "ada@example.org": { since: 1 },
  };
  expect(told(data)).toEqual([
    "note: e-mail-address",
    "contacts.*.at: phone-number",
    "contacts.*.at: e-mail-address",
    "*: e-mail-address",
  ]);
});

test("numbers of orders, dates, times, ids, amounts and addresses of machines are no phone numbers", () => {
  for (const text of [
    ...["2026-03-14", "2026-03-14T10:00:00.000000Z", "20457", "0190d3a4-0000-7000-8000-000000000001", "10.20.30.40"],
    ...["4711-0815-2342", "+12", "1 000 000,00", "SKU-00012345", "@home", "a@b", "00012345678"],
  ]) {
    expect(told({ text }), text).toEqual([]);
  }
});

test("a declared place is told when it is not sealed, one that is about nobody never, and the name of a personal field elsewhere is", () => {
  const fields = { personal: new Set(["email", "guests.*.name"]), notPersonal: new Set(["desk"]) };
  const sealed = { $sealed: { key: "k" } };
  const data = {
    email: "ada@example.org",
    guests: [{ name: sealed }, { name: "Bob" }],
    desk: { name: "Front", mail: "desk@example.org" },
    shipTo: { name: "Ada" },
    items: [{ name: "" }, { name: null }],
  };
  expect(told(data, fields, new Set(["email", "name"]))).toEqual([
    "email: declared-and-plain",
    "guests.*.name: declared-and-plain",
    "shipTo.name: named-as-personal",
  ]);
  expect(told({ ...data, email: sealed, guests: [], shipTo: {} }, fields, new Set(["email", "name"]))).toEqual([]);
});

test("no value is ever in what is told", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,5}\d{3,9}$/), fc.emailAddress()), (byId) => {
      for (const { path } of findPlain({ byId }, nothing, new Set())) expect(path).toBe("byId.*");
    }),
  );
});
