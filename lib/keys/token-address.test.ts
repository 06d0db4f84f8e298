import { expect, test } from "vitest";
import { readTokenKeys } from "@/lib/keys/token-address";

const where = "module-path=/usr/lib/hsm.so&pin-source=file:/run/pin";

test("addresses of RFC 7512 name the keys of one token, the newest last", () => {
  const text = `pkcs11:token=two%20words;object=a;type=secret-key?${where}\n pkcs11:object=b%3Bc;token=two%20words?pin-source=/run/pin&module-path=/usr/lib/hsm.so`;
  expect(readTokenKeys(text)).toEqual({
    ...{ module: "/usr/lib/hsm.so", token: "two words", pinFile: "/run/pin" },
    objects: ["a", "b;c"],
  });
});

test("a PIN in an address, and an address that leaves something open, are refused, and nothing of them is repeated", () => {
  for (const [text, words] of [
    [`pkcs11:token=t;object=hunter2?${where}&pin-value=hunter2`, "never has the PIN in it"],
    [`pkcs11:token=t;pin-value=hunter2?${where}`, "never has the PIN in it"],
    ["", "must be addresses"],
    ["hunter2", "of the form"],
    [`pkcs11:object=hunter2?${where}`, "must name token and object"],
    [`pkcs11:token=hunter2;object=?${where}`, "must name token and object"],
    ["pkcs11:token=t;object=hunter2", "absolute paths"],
    ["pkcs11:token=t;object=o?module-path=/m&pin-source=hunter2", "absolute paths"],
    [`pkcs11:token=t;object=o;slot-id=hunter2?${where}`, "and no more"],
    [`pkcs11:token=t;object=%zz?${where}`, "two hexadecimal digits"],
    [`pkcs11:token=t;object=o?${where} pkcs11:token=u;object=p?${where}`, "one token"],
    [`pkcs11:token=t;object=o?${where} pkcs11:token=t;object=o?${where}`, "Two addresses name one object"],
  ] as const) {
    expect(() => readTokenKeys(text), text).toThrow(words);
    expect(() => readTokenKeys(text), text).not.toThrow("hunter2");
  }
});
