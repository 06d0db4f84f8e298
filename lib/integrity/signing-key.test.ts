import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { newSigningKey, readSigningKey, signingKeyOf } from "@/lib/integrity/signing-key";
import { base64 } from "@/lib/kernel/bytes-text";
import { isSignedBy, parseCheckpointText, parseNote, parseVerifier } from "@/lib/kernel/checkpoint-note";

// The example of Go's package golang.org/x/mod/sumdb/note.
const PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const NOTE = `${TEXT}\n— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n`;

test("a note is signed and verified byte for byte as others do it", async () => {
  const key = readSigningKey(PRIVATE);
  expect([key.verifier, key.sign(TEXT)]).toEqual([PUBLIC, NOTE]);
  expect(await isSignedBy(parseNote(NOTE), await parseVerifier(PUBLIC))).toBe(true);
});

test("no other text, key or signature passes, and strangers' signatures are no hindrance", async () => {
  const verifier = await parseVerifier(PUBLIC);
  const passes = (note: string) => isSignedBy(parseNote(note), verifier);
  expect(await passes(NOTE.replace("answer", "answr"))).toBe(false);
  expect(await passes(NOTE.replace("x08go/ZJ", "x08go/ZK"))).toBe(false);
  const stranger = readSigningKey(newSigningKey("PeterNeumann"));
  expect(await passes(stranger.sign(TEXT))).toBe(false);
  const line = stranger.sign(TEXT).split("\n\n")[1];
  expect(await passes(NOTE + line)).toBe(true);
  // A line under the known name and id that does not verify spoils a note that has a good one, too.
  expect(await passes(NOTE + NOTE.split("\n\n")[1]?.replace("kuBS", "kuBT"))).toBe(false);
});

test("a checkpoint's text is read, and what is none is refused by what is wrong", () => {
  const example = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
  const { root, ...rest } = parseCheckpointText(example);
  expect([rest, base64(root)]).toEqual([
    { origin: "example.com/behind-the-sofa", size: 20852163 },
    "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=",
  ]);
  expect(parseCheckpointText(`${example}an extension\n`).size).toBe(20852163);
  for (const spoilt of [
    example.replace("20852163", "020852163"),
    example.replace("20852163", "-1"),
    example.replace("CsUY", "CsU"),
    example.trimEnd(),
    `${example}\n`,
    "",
  ]) {
    expect(() => parseCheckpointText(spoilt), spoilt).toThrow(/not a checkpoint note|not base64/);
  }
  for (const spoilt of [
    NOTE.trimEnd(),
    TEXT,
    NOTE.replace("— ", "- "),
    NOTE.replace("PeterNeumann x", "Peter Neumann x"),
    `\0${NOTE}`,
  ]) {
    expect(() => parseNote(spoilt)).toThrow(/not a checkpoint note/);
  }
});

test("keys that are cut, changed or of another kind are refused without being repeated", async () => {
  for (const spoilt of [
    PRIVATE.slice(0, -4),
    PRIVATE.replace("c74f20a3", "c74f20a4"),
    PRIVATE.replace("+AY", "+AI"),
    PUBLIC,
    "",
  ]) {
    expect(() => readSigningKey(spoilt), spoilt).toThrow(
      /^The signing key is not of the form PRIVATE\+KEY\+name\+id\+key/,
    );
  }
  for (const spoilt of [
    PUBLIC.slice(0, -4),
    PUBLIC.replace("c74f20a3", "c74f20a4"),
    PUBLIC.replace("+AR", "+AT"),
    "key",
  ]) {
    await expect(parseVerifier(spoilt), spoilt).rejects.toThrow(/public key/);
  }
});

test("the file of a key is made once, and is its owner's alone", () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-key-"));
  try {
    const file = path.join(folder, "data", "signing-key");
    const { verifier, name } = signingKeyOf(file, "example.com/log");
    expect([name, signingKeyOf(file, "another").verifier]).toEqual(["example.com/log", verifier]);
    expect(fs.statSync(file).mode & 0o777).toBe(0o600);
    expect(fs.readdirSync(path.dirname(file))).toEqual(["signing-key"]);
  } finally {
    fs.rmSync(folder, { recursive: true });
  }
});
