import { expect, onTestFinished, test } from "vitest";
import { KeyCache } from "@/lib/keys/key-cache";
import type { SubjectKey } from "@/lib/keys/key-store";
import { toSubjectKey } from "@/lib/keys/subject-key";

function cacheOf(maxKeys: number): KeyCache {
  const cache = new KeyCache({ maxAgeMs: 60_000, maxKeys });
  onTestFinished(() => cache.close());
  cache.flush(true);
  return cache;
}

function keyOf(n: number): SubjectKey {
  return toSubjectKey({ id: `key-${n}`, tenant: null, subject: `digest-${n}`, epoch: 1 }, Buffer.alloc(32, n));
}

function put(cache: KeyCache, key: SubjectKey, person: string): void {
  cache.put(key.id, { state: "live", key }, cache.news);
  cache.knownAs(person, key.id);
}

test("a key is found by its person as long as it is remembered, and no longer", () => {
  const cache = cacheOf(2);
  const [first, second, third] = [keyOf(1), keyOf(2), keyOf(3)];
  put(cache, first, "Ada");
  put(cache, second, "Grace");
  put(cache, third, "Hedy");
  expect(cache.liveOf("Ada")).toBeUndefined();
  expect(cache.liveOf("Grace")).toBe(second);
  cache.forget(second.id);
  expect(cache.liveOf("Grace")).toBeUndefined();
  cache.put(third.id, { state: "destroyed", destroyedAt: "2026-01-01T00:00:00Z" }, cache.news);
  expect(cache.liveOf("Hedy")).toBeUndefined();
  put(cache, first, "Ada");
  cache.flush(true);
  expect(cache.liveOf("Ada")).toBeUndefined();
});

test("nobody is known by a key that is not remembered, and a key that came later is the person's", () => {
  const cache = cacheOf(5);
  cache.knownAs("Ada", "key-1");
  expect(cache.liveOf("Ada")).toBeUndefined();
  const [first, second] = [keyOf(1), keyOf(2)];
  put(cache, first, "Ada");
  put(cache, second, "Ada");
  cache.forget(first.id);
  expect(cache.liveOf("Ada")).toBe(second);
  cache.flush(false);
  put(cache, first, "Ada");
  expect(cache.liveOf("Ada")).toBeUndefined();
});

test("a live key that is used near its end is told of once, and stays its person's when it is read again", async () => {
  const told: string[] = [];
  let now = 0;
  const cache = new KeyCache(
    { maxAgeMs: 30_000, maxKeys: 10 },
    (id) => told.push(id),
    () => now,
  );
  onTestFinished(() => cache.close());
  cache.flush(true);
  const [used, again] = [keyOf(1), keyOf(1)];
  put(cache, used, "Ada");
  cache.put("gone", { state: "destroyed", destroyedAt: "2026-01-01T00:00:00Z" }, cache.news);
  for (; now < 30_000 && told.length === 0; now += 1_000) {
    expect(cache.liveOf("Ada")).toBe(used);
    cache.get("gone");
    if (now < 15_000) expect(told).toEqual([]);
  }
  expect(told).toEqual([used.id]);
  cache.liveOf("Ada");
  expect(told).toEqual([used.id]);
  cache.put(again.id, { state: "live", key: again }, cache.news);
  expect(cache.liveOf("Ada")).toBe(again);
  // What came to be known while it was read again makes that reading worth nothing.
  const { news } = cache;
  cache.forget(again.id);
  cache.put(again.id, { state: "live", key: again }, news);
  expect(cache.liveOf("Ada")).toBeUndefined();
});

test("new keys push out those that nobody needs again, however often they were asked for when they came", () => {
  let now = 0;
  const cache = new KeyCache(
    { maxAgeMs: 60_000, maxKeys: 3 },
    () => {},
    () => now,
  );
  onTestFinished(() => cache.close());
  cache.flush(true);
  put(cache, keyOf(1), "Ada");
  for (let other = 2; other < 20; other++) {
    now += 2_000;
    expect(cache.liveOf("Ada")?.id).toBe("key-1");
    put(cache, keyOf(other), `other ${other}`);
    cache.get(`key-${other}`);
  }
  for (let other = 20; other < 24; other++) put(cache, keyOf(other), `other ${other}`);
  expect(cache.liveOf("Ada")).toBeUndefined();
  const left = () => Array.from({ length: 100 }, (_, n) => cache.get(`key-${n}`)).filter(Boolean);
  now += 2_000;
  expect(left()).toHaveLength(3);
  // All in use: one goes nevertheless.
  put(cache, keyOf(99), "Hedy");
  expect(cache.liveOf("Hedy")?.id).toBe("key-99");
  expect(left()).toHaveLength(3);
});
