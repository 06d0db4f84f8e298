import { hkdfSync, type KeyObject, randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { InvalidRequest } from "@/lib/kernel/errors";
import { decrypt, encrypt, NONCE_BYTES } from "@/lib/keys/aead";
import { KeyStoreDown } from "@/lib/keys/errors";
import { doesNotOpen, type KekDriver, kekIsMissing } from "@/lib/keys/kek";
import { toKeyObject } from "@/lib/keys/subject-key";

/** Keys that stand in the environment, or in a file that may get another one at any time. */
export type KekLines = { readonly text: string } | { readonly file: string };

type Kek = { readonly id: string; readonly key: KeyObject };

/** Wraps with AES-256-GCM under keys of 32 random bytes in base64, one a line, the newest last. */
export function openKekLines(source: KekLines): KekDriver {
  const keeper = "text" in source ? "environment" : "file";
  const keks = "text" in source ? once(() => readKeks(source.text)) : whenChanged(source.file);
  return {
    given: async () => keks().map(({ id }) => ({ id, keeper })),
    wrap: async (key, about) => {
      const kek = keks().at(-1) as Kek;
      const nonce = randomBytes(NONCE_BYTES);
      return { kek: kek.id, bytes: encrypt(kek.key, nonce, Buffer.from(about), key) };
    },
    unwrap: async ({ kek: id, bytes }, about) => {
      const kek = keks().find((one) => one.id === id);
      if (!kek) throw kekIsMissing(id);
      return unwrap(kek.key, bytes, about);
    },
    close: async () => {},
  };
}

function unwrap(kek: KeyObject, bytes: Buffer, about: string): Buffer {
  try {
    return decrypt(kek, Buffer.from(about), bytes);
  } catch (error) {
    throw doesNotOpen(about, error);
  }
}

/**
 * Makes the file with one new key, its owner's alone, unless it is there. Processes that start at once come to the same
 * key: the file appears under its name whole, and once.
 */
export function makeKekFile(file: string): void {
  if (!fs.existsSync(file)) writeOnce(file);
  keepName(path.dirname(file));
}

function writeOnce(file: string): void {
  fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  try {
    fs.writeFileSync(draft, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600, flag: "wx", flush: true });
    fs.linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    fs.rmSync(draft, { force: true });
  }
}

/** A power cut must not take the name of the file back after something was wrapped with what is in it. */
function keepName(directory: string): void {
  // Windows opens no folders, and keeps names by itself.
  if (process.platform === "win32") return;
  const folder = fs.openSync(directory, "r");
  try {
    fs.fsyncSync(folder);
  } finally {
    fs.closeSync(folder);
  }
}

/** Throws `InvalidRequest`, which repeats nothing of the text. */
function readKeks(text: string): readonly Kek[] {
  const keks = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map((word) => {
      const bytes = Buffer.from(word, "base64");
      if (bytes.length !== 32 || bytes.toString("base64") !== word) throw malformed();
      return toKek(bytes);
    });
  if (keks.length === 0) throw malformed();
  return keks;
}

function malformed(): InvalidRequest {
  return new InvalidRequest(
    "The key-encryption keys are not readable: each is 32 bytes in base64, one a line, the newest last, as `openssl rand -base64 32` prints them.",
  );
}

/** The id is of the key itself, so that a wrong one can never pass for it. */
function toKek(bytes: Buffer): Kek {
  const derive = (what: string, length: number) =>
    Buffer.from(hkdfSync("sha256", bytes, "", `tidemark key-encryption key: ${what}`, length));
  const kek = { id: derive("id", 8).toString("hex"), key: toKeyObject(derive("wrapping", 32)) };
  bytes.fill(0);
  return kek;
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** The keys of a file, read again when it is another one than before. */
function whenChanged(file: string): () => readonly Kek[] {
  let read: { readonly stamp: string; readonly keks: readonly Kek[] } | undefined;
  return () => {
    const stamp = stampOf(file);
    if (read?.stamp !== stamp) read = { stamp, keks: readKeks(fs.readFileSync(file, "utf8")) };
    return read.keks;
  };
}

function stampOf(file: string): string {
  try {
    const { ino, size, mtimeMs } = fs.statSync(file);
    return `${ino} ${size} ${mtimeMs}`;
  } catch (error) {
    throw new KeyStoreDown(
      `the file of the key-encryption keys ${file} cannot be read; restore it from its backup`,
      error,
    );
  }
}
