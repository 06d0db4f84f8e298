import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type Bucket, bucketWitness } from "@/lib/integrity/bucket-witness";
import { type S3Stub, startS3Stub } from "@/lib/testing/s3-stub";

let s3: S3Stub;
beforeEach(async () => {
  s3 = await startS3Stub();
  vi.stubEnv("AWS_ENDPOINT_URL_S3", s3.url);
  vi.stubEnv("AWS_REGION", "eu-central-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "not-to-be-told");
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await s3.close();
});

const place: Bucket = { bucket: "notes", prefix: "shop/", keptDays: null, pathStyle: true };
const checkpoint = { size: 7, position: "9", note: "tidemark\n7\nroot\n", signedAt: "2026-11-27T08:00:00.123456Z" };

test("a note is put under its size, once, and in latest; the same note again is taken, another of its size is never written over", async () => {
  const witness = bucketWitness(place);
  expect(witness.name).toBe("bucket notes/shop/");
  expect(await witness.publish(checkpoint)).toBeNull();
  expect(await witness.publish(checkpoint)).toBeNull();
  expect(await witness.publish({ ...checkpoint, size: 8, note: "tidemark\n8\nroot\n" })).toBeNull();
  expect([...s3.objects].map(([key, { body }]) => [key, body])).toEqual([
    ["/notes/shop/7", checkpoint.note],
    ["/notes/shop/latest", "tidemark\n8\nroot\n"],
    ["/notes/shop/8", "tidemark\n8\nroot\n"],
  ]);

  const forked = await witness.publish({ ...checkpoint, note: "tidemark\n7\nanother root\n" });
  expect(forked).toContain("shop/7 holds another note of the same size");
  expect(s3.objects.get("/notes/shop/7")?.body).toBe(checkpoint.note);
  expect(s3.objects.get("/notes/shop/latest")?.body).toBe("tidemark\n8\nroot\n");
});

test("notes are locked for as many days as asked, counted from when they were signed; latest is not", async () => {
  expect(await bucketWitness({ ...place, keptDays: 30 }).publish(checkpoint)).toBeNull();
  expect(s3.objects.get("/notes/shop/7")?.headers).toMatchObject({
    "x-amz-object-lock-mode": "COMPLIANCE",
    "x-amz-object-lock-retain-until-date": expect.stringMatching(/^2026-12-27T08:00:00/),
  });
  expect(s3.objects.get("/notes/shop/latest")?.headers).not.toHaveProperty("x-amz-object-lock-mode");
});

test("what the store refuses is told in its words and without secrets, and one that does not answer in time, or is away, as that", async () => {
  const witness = bucketWitness(place, { deadlineMs: 3_000 });
  s3.behave({ refusing: "AccessDenied", status: 403 });
  expect(await witness.publish(checkpoint)).toBe("AccessDenied: as the test wants it");
  s3.behave("hang");
  expect(await bucketWitness(place, { deadlineMs: 200 }).publish(checkpoint)).toBe("no answer within 0.2 s");
  s3.behave(null);
  expect(await witness.publish(checkpoint)).toBeNull();
  await s3.close();
  expect(await witness.publish(checkpoint)).toMatch(/ECONNREFUSED/);
});
