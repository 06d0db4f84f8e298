import { hkdfSync, randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { toSubjectKey } from "@/lib/keys/subject-key";

test("a key's three parts are what HKDF makes of its bytes, which are zeroed", () => {
  for (const id of ["0190d3a4-0000-7000-8000-000000000001", "0190d3a4-0000-7000-8000-0000000000ff"]) {
    const bytes = randomBytes(32);
    const of = (what: string) => Buffer.from(hkdfSync("sha256", bytes, id, `tidemark subject key: ${what}`, 32));
    const [encryption, commitment, lookup] = [of("encryption"), of("commitment"), of("lookup")];
    const key = toSubjectKey({ id, tenant: null, subject: "ab".repeat(32), epoch: 1 }, bytes);
    expect(key.encryption.export()).toEqual(encryption);
    expect(key.commitment).toEqual(commitment);
    expect(key.lookup.export()).toEqual(lookup);
    expect(bytes).toEqual(Buffer.alloc(32));
  }
});
