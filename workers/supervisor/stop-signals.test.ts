import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { eventually } from "@/lib/testing/eventually";

let directory: string;
let program: string;

beforeAll(async () => {
  directory = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-signals-"));
  const source = path.join(directory, "program.ts");
  program = path.join(directory, "program.cjs");
  fs.writeFileSync(
    source,
    `import { stopSignals } from "@/workers/supervisor/stop-signals";
     const signal = stopSignals(process.argv[2] === "watch");
     signal.addEventListener("abort", () => { console.log("told: " + signal.reason); process.exit(0); });
     console.log("up " + process.pid);
     setInterval(() => {}, 1000);`,
  );
  const words = [source, "--bundle", "--platform=node", `--alias:@=${process.cwd()}`, `--outfile=${program}`];
  const build = spawn(process.execPath, ["node_modules/esbuild/bin/esbuild", ...words, "--log-level=error"]);
  expect((await once(build, "exit"))[0]).toBe(0);
});
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

function run(command: string, args: readonly string[]): { child: ChildProcess; output: () => string } {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  return { child, output: () => output };
}

test.each(["SIGINT", "SIGTERM"] as const)("%s is heard", async (name) => {
  const { child, output } = run(process.execPath, [program]);
  await eventually(() => output().includes("up"));
  child.kill(name);
  await eventually(() => output().includes(`told: ${name}`));
});

test("without a terminal a hang-up stops nothing", async () => {
  const { child, output } = run(process.execPath, [program]);
  await eventually(() => output().includes("up"));
  child.kill("SIGHUP");
  child.kill("SIGTERM");
  await eventually(() => output().includes("told: SIGTERM"));
});

test("the end of the parent that swallows SIGTERM is noticed", async () => {
  const { child, output } = run("sh", ["-c", `"${process.execPath}" "${program}" watch; true`]);
  await eventually(() => output().includes("up"));
  child.kill("SIGKILL");
  await eventually(() => output().includes("told: its parent is gone"));
});
