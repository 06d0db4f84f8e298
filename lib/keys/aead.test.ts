import { createSecretKey } from "node:crypto";
import { expect, test } from "vitest";
import { decrypt, decryptText, encrypt, encryptText } from "@/lib/keys/aead";
import vectors from "@/lib/keys/aes-256-gcm-vectors.json";

/** Those of Wycheproof (C2SP, testvectors_v1/aes_gcm_test.json) with a key of 256, a nonce of 96 and a tag of 128 bits. */
const cases = vectors.map((vector) => {
  const [key, iv, aad, msg, ct, tag] = [vector.key, vector.iv, vector.aad, vector.msg, vector.ct, vector.tag].map(
    (hex) => Buffer.from(hex, "hex"),
  ) as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  return { ...vector, key: createSecretKey(key), iv, aad, msg, sealed: Buffer.concat([iv, ct, tag]) };
});

test("all of Wycheproof's valid ciphertexts are made and opened, and every one that was tampered with is refused", () => {
  expect(cases.filter(({ valid }) => valid)).toHaveLength(39);
  expect(cases.filter(({ valid }) => !valid)).toHaveLength(27);
  for (const { id, valid, key, iv, aad, msg, sealed } of cases) {
    if (valid) {
      expect(encrypt(key, iv, aad, msg), `vector ${id}`).toEqual(sealed);
      expect(decrypt(key, aad, sealed), `vector ${id}`).toEqual(msg);
    } else expect(() => decrypt(key, aad, sealed), `vector ${id}`).toThrow();
  }
});

test("what is cut off is refused before it is tried, a tag that was shortened too", () => {
  for (const { key, iv, aad, sealed } of cases.filter(({ valid }) => valid)) {
    expect(() => decrypt(key, aad, sealed.subarray(0, -1))).toThrow();
    expect(() => decrypt(key, aad, sealed.subarray(1))).toThrow();
    expect(() => decrypt(key, aad, sealed.subarray(0, iv.length + 15))).toThrow("cut off");
    expect(() => decrypt(key, aad, sealed.subarray(0, 4))).toThrow("cut off");
  }
});

test("texts are opened by the same vectors, and made so that the bytes open", () => {
  for (const { id, valid, key, aad, msg, sealed } of cases) {
    const text = { iv: sealed.subarray(0, 12).toString("base64url"), data: sealed.subarray(12).toString("base64url") };
    if (!valid) expect(() => decryptText(key, aad, text), `vector ${id}`).toThrow();
    else expect(decryptText(key, aad, text), `vector ${id}`).toEqual(msg);
  }
  // Below, at and beyond the room that is used again for each.
  for (const length of [0, 1, 4_079, 4_080, 4_081, 20_000]) {
    const [plain, about] = ["ü".repeat(length / 2) + "x".repeat(length % 2), Buffer.from("here")];
    const { key } = cases[0] ?? expect.unreachable();
    const made = encryptText(key, about, plain);
    expect(decryptText(key, about, made).toString()).toBe(plain);
    expect(decrypt(key, about, Buffer.from(made.iv + made.data, "base64url")).toString()).toBe(plain);
    for (const other of [
      { ...made, iv: made.iv.slice(1) },
      { ...made, iv: `${made.iv}AAAA` },
      { ...made, iv: made.iv.replace(/./, "!") },
      { ...made, data: made.data.slice(0, 20) },
      { ...made, data: made.data.slice(0, -1) },
      { ...made, data: `${made.data.slice(0, -1)}!` },
      { ...made, data: made.data.slice(4) + made.data.slice(0, 4) },
    ]) {
      expect(() => decryptText(key, about, other)).toThrow();
    }
    expect(() => decryptText(key, Buffer.from("there"), made)).toThrow();
  }
});
