import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { AlreadyRunning, lockInstance, readInstance } from "@/workers/supervisor/instance-lock";

let directory: string;
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-lock-"));
});
afterEach(() => fs.rmSync(directory, { recursive: true, force: true }));

/** A lock file as another living process would have written it. */
async function heldByAnother(): Promise<{ pid: number; kill: () => Promise<void> }> {
  const other = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "ignore" });
  const lock = lockInstance(directory);
  const own = JSON.parse(fs.readFileSync(path.join(directory, "instance.json"), "utf8")) as { born: string };
  lock.release();
  const pid = other.pid ?? 0;
  const born = process.platform === "linux" ? birth(pid) : own.born;
  fs.writeFileSync(path.join(directory, "instance.json"), JSON.stringify({ pid, born, url: "http://127.0.0.1:3999" }));
  const kill = async () => {
    other.kill("SIGKILL");
    await once(other, "exit");
  };
  return { pid, kill };
}

function birth(pid: number): string | undefined {
  const stat = fs.readFileSync(`/proc/${pid}/stat`, "utf8");
  return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
}

test.runIf(process.platform === "linux")(
  "a second instance is refused in words that name the first, and may start once that was killed with -9",
  async () => {
    const other = await heldByAnother();
    try {
      expect(() => lockInstance(directory)).toThrow(AlreadyRunning);
      expect(() => lockInstance(directory)).toThrow(new RegExp(`process ${other.pid}, at http://127.0.0.1:3999`));
    } finally {
      await other.kill();
    }
    const lock = lockInstance(directory);
    expect(readInstance(directory)?.pid).toBe(process.pid);
    lock.release();
    expect(fs.readdirSync(directory)).toEqual([]);
  },
);

test("a lock whose number was given to another process since is not taken for a live instance", () => {
  fs.writeFileSync(path.join(directory, "instance.json"), JSON.stringify({ pid: process.ppid, born: "another time" }));
  expect(readInstance(directory)).toBeUndefined();
  lockInstance(directory).release();
});

test("a torn lock file is no obstacle", () => {
  fs.writeFileSync(path.join(directory, "instance.json"), '{"pid": 1');
  lockInstance(directory).release();
});

test("the address is published for the owner's eyes only, and taken back at release", () => {
  const lock = lockInstance(directory);
  lock.publish("http://127.0.0.1:3000");
  expect(readInstance(directory)).toMatchObject({ pid: process.pid, url: "http://127.0.0.1:3000" });
  expect(fs.statSync(path.join(directory, "instance.json")).mode & 0o777).toBe(0o600);
  lock.release();
  expect(readInstance(directory)).toBeUndefined();
});
