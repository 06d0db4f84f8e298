import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { mapAtOnce } from "@/lib/keys/at-once";
import { KeyStoreDown } from "@/lib/keys/errors";
import { openKms } from "@/lib/keys/kek-kms";
import { type KmsStub, kmsArn, startKmsStub } from "@/lib/testing/kms-stub";

const [old, next] = [kmsArn("old"), kmsArn("next")];
let kms: KmsStub;
beforeEach(async () => {
  kms = await startKmsStub([old, next]);
  vi.stubEnv("AWS_ENDPOINT_URL_KMS", kms.url);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await kms.close();
});

const key = () => Buffer.alloc(32, 7);

test("a wrapped key opens under the key and with the words that it was wrapped with; those words do not leave", async () => {
  const driver = openKms([old, next]);
  const wrapped = await driver.wrap(key(), "for ann");
  expect(wrapped.kek).toBe(next);
  expect(await driver.unwrap(wrapped, "for ann")).toEqual(key());
  const context = { "tidemark:about": createHash("sha256").update("for ann").digest("base64") };
  expect(kms.calls).toEqual([
    { target: "TrentService.Encrypt", key: next, context },
    { target: "TrentService.Decrypt", key: next, context },
  ]);

  const spoilt = Buffer.from(wrapped.bytes);
  spoilt[spoilt.length - 20] = (spoilt.at(-20) ?? 0) ^ 1;
  for (const [given, about] of [
    [wrapped, "for bob"],
    [{ ...wrapped, bytes: spoilt }, "for ann"],
    [{ ...wrapped, kek: old }, "for ann"],
  ] as const) {
    await expect(driver.unwrap(given, about)).rejects.toMatchObject({ code: "internal", facts: { about } });
  }
  const asked = kms.calls.length;
  await expect(openKms([old]).unwrap(wrapped, "for ann")).rejects.toThrow(KeyStoreDown);
  expect(await driver.given()).toEqual([old, next].map((id) => ({ id, keeper: "aws-kms" })));
  expect(kms.calls).toHaveLength(asked);
  await driver.close();
});

test("what KMS refuses is told in its words, with the key, and nothing is taken for damaged", async () => {
  const driver = openKms([next]);
  const wrapped = await driver.wrap(key(), "x");
  for (const refusing of [
    "DisabledException",
    "AccessDeniedException",
    "KMSInvalidStateException",
    "NotFoundException",
  ]) {
    kms.behave({ refusing });
    const refusal = driver.unwrap(wrapped, "x");
    await expect(refusal, refusing).rejects.toThrow(KeyStoreDown);
    await expect(refusal).rejects.toThrow(`AWS KMS, key ${next}: ${refusing}: as the test wants it`);
    await expect(driver.wrap(key(), "x")).rejects.toThrow(KeyStoreDown);
  }
  kms.behave("well");
  expect(await driver.unwrap(wrapped, "x")).toEqual(key());
  await driver.close();
});

test("a KMS that throttles is asked again; one that is slow or away is told as that, in time", async () => {
  const driver = openKms([next], { deadlineMs: 3_000 });
  kms.behave("throttling");
  const wrapped = await driver.wrap(key(), "x");
  expect(kms.calls).toHaveLength(3);

  kms.behave("slow");
  const hasty = openKms([next], { deadlineMs: 200 });
  await expect(hasty.unwrap(wrapped, "x")).rejects.toThrow(`AWS KMS, key ${next}: no answer within 0.2 s`);
  await kms.close();
  await expect(driver.unwrap(wrapped, "x")).rejects.toThrow(/cannot be asked \(AWS KMS, key .*ECONNREFUSED/);
  await Promise.all([driver.close(), hasty.close()]);
});

test("many keys are unwrapped at once, within a bound", async () => {
  const driver = openKms([next]);
  const wrapped = await mapAtOnce(
    Array.from({ length: 60 }, (_, n) => n),
    (n) => driver.wrap(Buffer.alloc(32, n), `${n}`),
  );
  const opened = await mapAtOnce([...wrapped.entries()], ([n, one]) => driver.unwrap(one, `${n}`));
  expect(opened.map((bytes) => bytes[0])).toEqual(wrapped.map((_, n) => n));
  expect(kms.most()).toBeGreaterThan(4);
  expect(kms.most()).toBeLessThanOrEqual(16);
  await driver.close();
});
