import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hashFiles, hashSources, isDone, markDone } from "./stamp.mjs";

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-stamp-"));
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

const write = (name: string, content: string) => {
  fs.writeFileSync(path.join(directory, name), content);
  return path.join(directory, name);
};

test("a changed, moved or missing file changes the hash; the order of files does not", () => {
  const [a, b] = [write("a", "one"), write("b", "two")];
  const before = hashFiles([a, b]);
  expect(hashFiles([b, a])).toBe(before);
  write("b", "two ");
  expect(hashFiles([a, b])).not.toBe(before);
  write("b", "two");
  expect(hashFiles([a, b])).toBe(before);
  expect(hashFiles([a, write("c", "two")])).not.toBe(before);
  fs.rmSync(b);
  expect(hashFiles([a, b])).not.toBe(before);
});

test("work counts as done for exactly the hash that was noted", () => {
  const stamp = path.join(directory, "made", "on", "the", "way");
  expect(isDone(stamp, "x")).toBe(false);
  markDone(stamp, "x");
  expect(isDone(stamp, "x")).toBe(true);
  expect(isDone(stamp, "y")).toBe(false);
});

test("hashing the whole tree costs less than a tenth of the second start's 3 s", () => {
  // The processor's time, and the least of some: what else the machine does meanwhile is not the hashing's cost.
  const took = Array.from({ length: 8 }, () => {
    const before = process.cpuUsage();
    expect(hashSources()).toMatch(/^[0-9a-f]{64}$/);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1_000;
  });
  expect(Math.min(...took)).toBeLessThan(300);
});
