import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAlive } from "@/lib/embedded/postmaster";
import { eventually } from "@/lib/testing/eventually";
import { type Child, keepRunning } from "@/workers/supervisor/child";
import { createNotices } from "@/workers/supervisor/notices";

let directory: string;
let child: Child | undefined;
let said: string[];
beforeEach(() => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-child-"));
  said = [];
});
afterEach(async () => {
  await child?.stop(100);
  fs.rmSync(directory, { recursive: true, force: true });
});

function keep(program: string, env: () => Record<string, string> = () => ({})): Child {
  const file = path.join(directory, "program.cjs");
  fs.writeFileSync(file, program);
  const notices = createNotices((text) => said.push(text));
  child = keepRunning({ name: "part", file, env, logDirectory: path.join(directory, "log"), notices });
  return child;
}

const log = () => fs.readFileSync(path.join(directory, "log", "part.log"), "utf8");
const stayAlive = "setInterval(() => {}, 1000);";

test("a part that is killed with -9 is running again soon after, and the terminal is told", async () => {
  const part = keep(`console.log("up " + process.pid); ${stayAlive}`);
  const first = await eventually(() => log().includes("up ") && part.pid(), { what: "the first start" });
  process.kill(Number(first), "SIGKILL");
  const second = await eventually(() => part.pid() !== first && part.pid(), {
    deadlineMs: 15_000,
    what: "a new start",
  });
  await eventually(() => log().includes(`up ${second}`), { what: "its first words" });
  expect(said.join("")).toContain("part: ended (SIGKILL)");
});

test("a part that ends at once is started with growing waits, not in a tight loop", async () => {
  keep(`process.exit(3);`);
  await eventually(() => said.join("").includes("500 ms"), { what: "a longer wait" });
  const starts = log().split('"ended"').length;
  expect(said.join("")).toContain("ended (code 3); starts again in 100 ms");
  expect(starts).toBeLessThan(5);
});

test("stopping asks first and kills a part that does not listen, within the time it was given", async () => {
  const part = keep(`process.on("SIGTERM", () => console.log("heard")); console.log("up"); ${stayAlive}`);
  const pid = Number(await eventually(() => log().includes("up") && part.pid()));
  const started = performance.now();
  await part.stop(300);
  expect(performance.now() - started).toBeLessThan(3_000);
  expect(isAlive(pid)).toBe(false);
  expect(part.pid()).toBeUndefined();
});

test("a restart brings the environment of that moment", async () => {
  let address = "first";
  const part = keep(`console.log("at " + process.env.ADDRESS); ${stayAlive}`, () => ({ ADDRESS: address }));
  await eventually(() => log().includes("at first"));
  address = "second";
  part.restart();
  await eventually(() => log().includes("at second"));
  expect(said).toEqual([]);
});

test("only warnings and worse reach the terminal, and no line reaches a log with a credential in it", async () => {
  keep(`
    const line = (level, msg) => console.log(JSON.stringify({ level, msg, url: "postgres://u:hunter2@h/db" }));
    line("info", "all is well"); line("warn", "a queue grows"); line("error", "postgres://u:hunter2@h/db is gone");
    console.error("TypeError: not a function"); console.log("done"); ${stayAlive}`);
  await eventually(() => log().includes("done") && said.length >= 3);
  const terminal = said.join("");
  expect(terminal).toContain("part: a queue grows");
  expect(terminal).toContain("part: TypeError: not a function");
  expect(terminal).not.toContain("all is well");
  expect(log()).toContain("all is well");
  expect(terminal + log()).not.toContain("hunter2");
});
