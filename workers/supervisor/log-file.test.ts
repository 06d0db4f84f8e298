import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { openLogFile } from "@/workers/supervisor/log-file";

test("a log beyond 10 MB is put aside, at the start and while it is written, and only one old one is kept", () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-log-"));
  try {
    fs.writeFileSync(path.join(directory, "part.log"), "x".repeat(11 * 1024 * 1024));
    const log = openLogFile(directory, "part");
    expect(fs.statSync(log.path).size).toBe(0);
    expect(fs.statSync(`${log.path}.1`).size).toBe(11 * 1024 * 1024);
    for (let n = 0; n < 12; n++) log.write(`${n}${"y".repeat(1024 * 1024)}`);
    log.close();
    log.write("after the end");
    expect(fs.readFileSync(`${log.path}.1`, "utf8").startsWith("0y")).toBe(true);
    expect(fs.readFileSync(log.path, "utf8").startsWith("11y")).toBe(false);
    expect(fs.readdirSync(directory).sort()).toEqual(["part.log", "part.log.1"]);
    expect(fs.statSync(log.path).mode & 0o777).toBe(0o600);
  } finally {
    fs.rmSync(directory, { recursive: true, force: true });
  }
});
