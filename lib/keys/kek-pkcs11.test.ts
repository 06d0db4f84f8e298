import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mapAtOnce } from "@/lib/keys/at-once";
import { KeyStoreDown } from "@/lib/keys/errors";
import type { KekDriver } from "@/lib/keys/kek";
import { openToken } from "@/lib/keys/kek-pkcs11";
import { loadPkcs11 } from "@/lib/keys/pkcs11-module";
import { readTokenKeys } from "@/lib/keys/token-address";
import { openTokenSessions } from "@/lib/keys/token-sessions";

const LIBRARY = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/local/lib/softhsm/libsofthsm2.so"].find(fs.existsSync);
const TOOL = "softhsm2-util";
const PIN = "4711";
let folder: string;
let pinFile: string;

const key = () => Buffer.alloc(32, 7);
const at = (...objects: readonly string[]) =>
  objects
    .map((object) => `pkcs11:token=keks;object=${object}?module-path=${LIBRARY}&pin-source=file:${pinFile}`)
    .join(" ");
const token = (...objects: readonly string[]): KekDriver => openToken(readTokenKeys(at(...objects)));

/** A part of SoftHSM's own that the driver does not use. */
async function call(name: "C_Finalize" | "C_CloseAllSessions", argument: unknown): Promise<void> {
  const { default: koffi } = await import("koffi");
  const type = name === "C_Finalize" ? "void *" : "ulong";
  expect(Number(koffi.load(LIBRARY ?? "").func(name, "ulong", [type])(argument))).toBe(0);
}

beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-token-"));
  pinFile = path.join(folder, "pin");
  fs.mkdirSync(path.join(folder, "tokens"));
  fs.writeFileSync(path.join(folder, "conf"), `directories.tokendir = ${folder}/tokens\nlog.level = ERROR\n`);
  process.env.SOFTHSM2_CONF = path.join(folder, "conf");
  fs.writeFileSync(pinFile, `${PIN}\n`);
  const softhsm = (...args: readonly string[]) => execFileSync(TOOL, args, { stdio: "pipe" });
  softhsm("--init-token", "--free", "--label", "keks", "--pin", PIN, "--so-pin", "0815");
  for (const [n, label] of ["old", "next", "twice", "twice"].entries()) {
    const file = path.join(folder, "key");
    fs.writeFileSync(file, Buffer.alloc(32, n + 1));
    softhsm(
      "--import",
      file,
      "--aes",
      "--token",
      "keks",
      "--label",
      label,
      "--id",
      `0${n}`,
      "--pin",
      PIN,
      "--no-public-key",
    );
  }
});
afterAll(() => {
  delete process.env.SOFTHSM2_CONF;
  if (folder) fs.rmSync(folder, { recursive: true });
});

test("in a token a wrapped key opens with the same words about it and with no others, and not when a byte of it was changed", async () => {
  const driver = token("old", "next");
  const wrapped = await driver.wrap(key(), "for ann");
  expect(wrapped.kek).toBe("pkcs11:token=keks;object=next");
  expect(await driver.unwrap(wrapped, "for ann")).toEqual(key());
  await expect(driver.unwrap(wrapped, "for bob")).rejects.toMatchObject({ code: "internal" });
  for (const at of [0, 12, 43, 59]) {
    const bytes = Buffer.from(wrapped.bytes);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    await expect(driver.unwrap({ ...wrapped, bytes }, "for ann"), `byte ${at}`).rejects.toMatchObject({
      code: "internal",
    });
  }
  for (const length of [0, 11, 12, 20, 59]) {
    const bytes = wrapped.bytes.subarray(0, length);
    await expect(driver.unwrap({ ...wrapped, bytes }, "for ann"), `${length}`).rejects.toMatchObject({
      code: "internal",
    });
  }
  const [old] = await driver.given();
  await expect(driver.unwrap({ ...wrapped, kek: old?.id ?? "" }, "for ann")).rejects.toMatchObject({
    code: "internal",
  });
  await expect(token("old").unwrap(wrapped, "for ann")).rejects.toThrow(KeyStoreDown);
  await driver.close();
});

test("many keys are wrapped at once, and each comes back as itself", async () => {
  const driver = token("next");
  const numbers = Array.from({ length: 200 }, (_, n) => n);
  const wrapped = await mapAtOnce(numbers, (n) => driver.wrap(Buffer.alloc(32, n), `${n}`));
  const opened = await mapAtOnce([...wrapped.entries()], ([n, one]) => driver.unwrap(one, `${n}`));
  expect(opened).toEqual(numbers.map((n) => Buffer.alloc(32, n)));
  await driver.close();
});

test("after a token was taken out and put back, the same driver goes on", async () => {
  const driver = token("next");
  const wrapped = await driver.wrap(key(), "x");
  const slot = await (await loadPkcs11(LIBRARY ?? "")).findSlot("keks");
  await call("C_CloseAllSessions", slot);
  expect(await driver.unwrap(wrapped, "x")).toEqual(key());

  await call("C_Finalize", null);
  fs.renameSync(path.join(folder, "tokens"), path.join(folder, "away"));
  fs.mkdirSync(path.join(folder, "tokens"));
  await expect(driver.unwrap(wrapped, "x")).rejects.toThrow(/cannot be asked \(there is no token keks/);
  await call("C_Finalize", null);
  fs.rmdirSync(path.join(folder, "tokens"));
  fs.renameSync(path.join(folder, "away"), path.join(folder, "tokens"));
  expect(await driver.unwrap(wrapped, "x")).toEqual(key());
  await driver.close();
});

test("a token that hangs holds four sessions, whoever waits is told in time, and then it goes on", async () => {
  const sessions = openTokenSessions(readTokenKeys(at("next")), 500);
  let begun = 0;
  let wake = () => {};
  const hanging = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const works = Array.from({ length: 9 }, () =>
    sessions.use(async () => {
      begun += 1;
      await hanging;
    }),
  );
  for (const end of await Promise.allSettled(works)) {
    expect(String(end.status === "rejected" && end.reason)).toMatch(/the token keks did not answer within 0.5 s/);
  }
  expect(begun).toBe(4);
  wake();
  expect(await sessions.use(async () => "well")).toBe("well");
  expect(begun).toBe(4);
  await sessions.close();
});

test("a wrong PIN is tried once, so that the token does not lock, and a corrected one counts", async () => {
  const driver = token("next");
  fs.writeFileSync(pinFile, "hunter2");
  const ends = await Promise.allSettled(Array.from({ length: 16 }, () => driver.wrap(key(), "x")));
  const [first = "", ...others] = ends.map((end) => (end.status === "rejected" ? String(end.reason) : "sealed"));
  expect(first).toMatch(/token=keks;object=next: C_Login returned CKR_PIN_INCORRECT/);
  for (const other of others) expect(other).toMatch(/it is not tried again/);
  expect(first + others.join()).not.toContain("hunter2");
  fs.writeFileSync(pinFile, PIN);
  expect(await driver.unwrap(await driver.wrap(key(), "x"), "x")).toEqual(key());
  await driver.close();
});

test("a key, a token, a library or a PIN that is not there is told by name", async () => {
  for (const [keys, words] of [
    [at("none"), "the token keks has no AES key none"],
    [at("twice"), "the token keks has several AES keys twice"],
    [at("next").replace("token=keks", "token=other"), "there is no token other"],
    [at("next").replace("module-path=", "module-path=/nowhere"), "the PKCS#11 library /nowhere"],
    [at("next").replace(pinFile, "/nowhere/pin"), "the file of the token's PIN /nowhere/pin cannot be read"],
  ] as const) {
    const driver = openToken(readTokenKeys(keys));
    const refusal = driver.wrap(key(), "x");
    await expect(refusal, words).rejects.toThrow(KeyStoreDown);
    await expect(refusal).rejects.toThrow(words);
    await driver.close();
  }
});
