import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { KeyStoreDown } from "@/lib/keys/errors";
import { makeKekFile, openKekLines } from "@/lib/keys/kek-file";
import { newKek } from "@/lib/testing/key-store";

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-kek-"));
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

const key = () => Buffer.alloc(32, 7);

test("a wrapped key opens with the same words about it and with no others, and not when a byte of it was changed", async () => {
  const keks = openKekLines({ text: newKek() });
  const wrapped = await keks.wrap(key(), "for ann");
  expect(await keks.unwrap(wrapped, "for ann")).toEqual(key());
  await expect(keks.unwrap(wrapped, "for bob")).rejects.toMatchObject({ code: "internal" });
  for (const at of wrapped.bytes.keys()) {
    const bytes = Buffer.from(wrapped.bytes);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await expect(keks.unwrap({ ...wrapped, bytes }, "for ann"), `byte ${at}`).rejects.toMatchObject({
      code: "internal",
    });
  }
  await expect(keks.unwrap({ ...wrapped, bytes: wrapped.bytes.subarray(0, 20) }, "for ann")).rejects.toThrow();
});

test("the newest key wraps, and the older ones still open, by ids that are of the keys themselves", async () => {
  const [old, next] = [newKek(), newKek()];
  const before = openKekLines({ text: old });
  const wrapped = await before.wrap(key(), "x");
  const after = openKekLines({ text: `${old}\n${next}\n` });
  expect(await after.unwrap(wrapped, "x")).toEqual(key());
  const [, newest] = await after.given();
  expect((await after.wrap(key(), "x")).kek).toBe(newest?.id);
  expect(await before.given()).toEqual([{ id: wrapped.kek, keeper: "environment" }]);
  await expect(openKekLines({ text: next }).unwrap(wrapped, "x")).rejects.toThrow(KeyStoreDown);
});

test("a file is made once, its owner's alone, and a key that is added to it counts without a restart", async () => {
  const file = path.join(directory, "new", "keys");
  makeKekFile(file);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  const text = fs.readFileSync(file, "utf8");
  makeKekFile(file);
  expect(fs.readFileSync(file, "utf8")).toBe(text);
  expect(fs.readdirSync(path.dirname(file))).toEqual(["keys"]);

  const keks = openKekLines({ file });
  const wrapped = await keks.wrap(key(), "x");
  fs.appendFileSync(file, `${newKek()}\n`);
  expect(await keks.given()).toHaveLength(2);
  expect((await keks.wrap(key(), "x")).kek).not.toBe(wrapped.kek);
  expect(await keks.unwrap(wrapped, "x")).toEqual(key());
  fs.rmSync(file);
  await expect(keks.unwrap(wrapped, "x")).rejects.toThrow(/cannot be read; restore it from its backup/);
});

test("what is not a key is refused, and nothing of it is repeated", async () => {
  for (const text of ["", "secretsecret", Buffer.alloc(31).toString("base64"), `${newKek()} rest`, `${newKek()}=`]) {
    const refusal = openKekLines({ text }).given();
    await expect(refusal, text).rejects.toMatchObject({ code: "invalid-request" });
    await expect(refusal).rejects.not.toThrow(/secretsecret/);
  }
});
