import path from "node:path";
import { expect, test } from "vitest";
import { InvalidRequest } from "@/lib/kernel/errors";
import { readConfig } from "@/lib/runtime/config";

const arn = (id: string) => `arn:aws:kms:eu-central-1:111122223333:key/${id}`;
const kek = (environment: Record<string, string>) => readConfig(environment).keys.kek;

test("keys are wrapped by what is named, or by the file in the data folder, and what is called old only opens", () => {
  const file = path.resolve(".tidemark/key-encryption-keys");
  expect(kek({})).toEqual({ file });
  expect(kek({ TIDEMARK_KEK: "x" })).toEqual({ text: "x" });
  expect(kek({ TIDEMARK_KEK_KMS: `${arn("a")}, ${arn("mrk-b")}` })).toEqual({ kms: [arn("a"), arn("mrk-b")] });
  expect(kek({ TIDEMARK_KEK_KMS: arn("a"), TIDEMARK_OLD_KEK_FILE: "keks" })).toEqual({
    kms: [arn("a")],
    older: [{ file: path.resolve("keks") }],
  });
  expect(kek({ TIDEMARK_OLD_KEK: "x", TIDEMARK_OLD_KEK_KMS: arn("a") })).toEqual({
    file,
    older: [{ text: "x" }, { kms: [arn("a")] }],
  });
});

test("two that would wrap are refused by name, and told how one stays as an old one", () => {
  const both = () => kek({ TIDEMARK_KEK: "hunter2", TIDEMARK_KEK_KMS: arn("a") });
  expect(both).toThrow(InvalidRequest);
  expect(both).toThrow(/TIDEMARK_KEK and TIDEMARK_KEK_KMS both .* TIDEMARK_OLD_KEK or TIDEMARK_OLD_KEK_KMS/);
  expect(both).not.toThrow("hunter2");
  expect(() => kek({ TIDEMARK_KEK_FILE: "a", TIDEMARK_KEK: "b" })).toThrow(InvalidRequest);
});

test("keys of a token are read from their addresses, and a PIN in one is refused without being repeated", () => {
  const address = "pkcs11:token=t;object=o?module-path=/m.so&pin-source=file:/pin";
  expect(kek({ TIDEMARK_KEK_PKCS11: address, TIDEMARK_OLD_KEK: "x" })).toEqual({
    pkcs11: { module: "/m.so", token: "t", pinFile: "/pin", objects: ["o"] },
    older: [{ text: "x" }],
  });
  const withPin = () => kek({ TIDEMARK_KEK_PKCS11: `${address}&pin-value=hunter2` });
  expect(withPin).toThrow("TIDEMARK_KEK_PKCS11: An address never has the PIN in it");
  expect(withPin).not.toThrow("hunter2");
});

test("a key of AWS KMS is an ARN of a key: an alias may come to mean another one", () => {
  for (const bad of [
    ...["arn:aws:kms:eu-central-1:111122223333:alias/tidemark", "1234abcd", " , ", `${arn("a")} nonsense`],
    "arn:aws:s3:::bucket",
  ]) {
    expect(() => kek({ TIDEMARK_KEK_KMS: bad }), bad).toThrow(/TIDEMARK_KEK_KMS: must be ARNs of keys/);
  }
  expect(kek({ TIDEMARK_KEK_KMS: arn("a").replace("arn:aws:", "arn:aws-us-gov:") })).toBeDefined();
});
