import { createDecipheriv, createSecretKey } from "node:crypto";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SubjectKey } from "@/lib/keys/key-store";
import { toSubjectKey } from "@/lib/keys/subject-key";
import {
  eventBinding,
  openField,
  personBinding,
  type SealBinding,
  SealBroken,
  type SealedField,
  sealField,
} from "@/lib/privacy/sealed-field";

function keyOf(byte: number, facts: { id?: string; epoch?: number } = {}): SubjectKey {
  const { id = "0190d3a4-0000-7000-8000-000000000001", epoch = 1 } = facts;
  return toSubjectKey({ id, tenant: null, subject: "ab".repeat(32), epoch }, Buffer.alloc(32, byte));
}

const key = keyOf(1);
const cart = { tenant: "north", stream: "order-42", id: "0190d3a4-0000-7000-8000-0000000000aa", type: "CartOpened" };
const binding: SealBinding = {
  event: eventBinding(cart),
  field: "/email",
  person: personBinding("/customerId", "C-7"),
};

function sealedOf(text: string): SealedField {
  return (JSON.parse(text) as { $sealed: SealedField }).$sealed;
}

/** Made by a program in Python with the `cryptography` package from docs/sealed-fields.md, where it is printed. */
const example: SealedField = {
  v: 1,
  alg: "A256GCM",
  key: "0190d3a4-0000-7000-8000-000000000001",
  epoch: 1,
  of: "/customerId",
  commit: "sxjXBL58C4g6eZYmy1SLTuODKxOT9cYKeKfmoEPp1zo",
  iv: "AAECAwQFBgcICQoL",
  data: "P-4V_affPDwvuXo0uLn3N8FR64QEZfYv62S1k50c5Hmm",
};

const hex = (text: string) => Buffer.from(text, "hex");

/** The known answers of the GCM specification for keys of 256 bits: key, nonce, additional data, plain text, sealed, tag. */
const vectors = [
  ["00".repeat(32), "00".repeat(12), "", "", "", "530f8afbc74536b9a963b4f1c4cb738b"],
  [
    ...["00".repeat(32), "00".repeat(12), "", "00".repeat(16)],
    ...["cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"],
  ],
  [
    "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
    "cafebabefacedbaddecaf888",
    "feedfacedeadbeeffeedfacedeadbeefabaddad2",
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a721c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
    "76fc6ece0f4e1768cddf8853bb2d551b",
  ],
] as const;

describe("the cipher", () => {
  test.each(vectors)("opens the specification's example under %s", (secret, iv, aad, plain, sealed, tag) => {
    const open = (last: Buffer) => {
      const decipher = createDecipheriv("aes-256-gcm", createSecretKey(hex(secret)), hex(iv), { authTagLength: 16 });
      decipher.setAAD(hex(aad)).setAuthTag(last);
      return Buffer.concat([decipher.update(hex(sealed)), decipher.final()]).toString("hex");
    };
    expect(open(hex(tag))).toBe(plain);
    const wrong = hex(tag);
    wrong[0] = (wrong[0] ?? 0) ^ 1;
    expect(() => open(wrong)).toThrow();
  });
});

describe("a sealed field", () => {
  test("opens as the very text that was sealed", () => {
    fc.assert(
      fc.property(fc.json(), (value) => {
        expect(openField(key, sealedOf(sealField(key, value, binding)), binding)).toBe(value);
      }),
    );
  });

  test("opens a value that was sealed by another program from the format's page", () => {
    expect(openField(key, example, binding)).toBe('"ada@example.org"');
  });

  test("opens in no other tenant, stream, event, type, place, and for nobody else", () => {
    const sealed = sealedOf(sealField(key, '"ada@example.org"', binding));
    const events: { [Name in keyof typeof cart]?: string | null }[] = [
      ...[{ tenant: null }, { tenant: "south" }, { stream: "order-43" }, { type: "OrderPlaced" }],
      { id: "0190d3a4-0000-7000-8000-0000000000ab" },
      // Parts that run into each other must not make the same text.
      { tenant: "nort", stream: "horder-42" },
      { type: 'CartOpened","/email' },
    ];
    const others: Partial<SealBinding>[] = [
      ...events.map((event) => ({ event: eventBinding({ ...cart, ...event } as typeof cart) })),
      ...[
        { field: "/name" },
        { person: personBinding("/other", "C-7") },
        { person: personBinding("/customerId", "C-8") },
      ],
      { field: '/email","/customerId', person: personBinding("", "C-7") },
    ];
    for (const other of others) expect(() => openField(key, sealed, { ...binding, ...other })).toThrow(SealBroken);
    expect(openField(key, sealed, binding)).toBe('"ada@example.org"');
  });

  test("opens under no other key, though it had the same id, and under no other epoch", () => {
    const sealed = sealedOf(sealField(key, '"x"', binding));
    expect(() => openField(keyOf(2), sealed, binding)).toThrow(SealBroken);
    expect(() => openField(keyOf(1, { epoch: 2 }), sealed, binding)).toThrow(SealBroken);
    expect(() => openField(keyOf(1), { ...sealed, epoch: 2 }, binding)).toThrow(SealBroken);
    const other = keyOf(2);
    expect(() => openField({ ...other, commitment: key.commitment }, sealed, binding)).toThrow(SealBroken);
  });

  test("opens after no change of any of its bits, nor cut off", () => {
    const sealed = sealedOf(sealField(key, '"ada@example.org"', binding));
    for (const member of ["commit", "iv", "data"] as const) {
      const bytes = Buffer.from(sealed[member], "base64url");
      for (let bit = 0; bit < bytes.length * 8; bit++) {
        const changed = Buffer.from(bytes);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        expect(() => openField(key, { ...sealed, [member]: changed.toString("base64url") }, binding)).toThrow(
          SealBroken,
        );
      }
      for (let length = 0; length < bytes.length; length++) {
        const cut = { ...sealed, [member]: bytes.subarray(0, length).toString("base64url") };
        expect(() => openField(key, cut, binding)).toThrow(SealBroken);
      }
    }
  });

  test("never takes a nonce twice", () => {
    const seen = new Set<string>();
    const many = 20_000;
    for (let count = 0; count < many; count++) seen.add(sealedOf(sealField(key, "1", binding)).iv);
    expect(seen.size).toBe(many);
  });
});
