import { spawn } from "node:child_process";
import fs from "node:fs";
import path from "node:path";

/**
 * Runs a program while one line tells that work goes on and for how long; its output goes to `logFile` and is shown
 * only when it fails. Resolves to the seconds it took, throws with the last lines of its output.
 */
export async function runQuietly(what, command, args, { logFile, env = {} }) {
  fs.mkdirSync(path.dirname(logFile), { recursive: true });
  const log = fs.openSync(logFile, "w");
  const started = performance.now();
  const seconds = () => ((performance.now() - started) / 1000).toFixed(0);
  const stopLine = progressLine(() => `${what} … ${seconds()} s`);
  const child = spawn(command, args, {
    stdio: ["ignore", log, log],
    env: cleanEnvironment(env),
    shell: process.platform === "win32",
  });
  const forward = (signal) => child.kill(signal);
  process.on("SIGINT", forward).on("SIGTERM", forward);
  const [code, signal] = await new Promise((resolve) => {
    child.once("error", (error) => {
      fs.writeSync(log, `${error.message}\n`);
      resolve([1, null]);
    });
    child.once("exit", (...ending) => resolve(ending));
  });
  process.off("SIGINT", forward).off("SIGTERM", forward);
  fs.closeSync(log);
  stopLine();
  if (code !== 0) {
    const tail = fs.readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-40).join("\n");
    throw new Error(`${what} failed (${signal ?? code}). Its last lines, all of them in ${logFile}:\n\n${tail}`);
  }
  return Number(seconds());
}

/** The environment without what would change an install or a build from outside. */
function cleanEnvironment(extra) {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: "1", ...extra };
  if (!("NODE_ENV" in extra)) delete env.NODE_ENV;
  return env;
}

/** Redraws one line each half second on a terminal; elsewhere writes it once and then each 15 seconds. */
function progressLine(text) {
  const terminal = process.stdout.isTTY;
  const draw = () => process.stdout.write(terminal ? `\r\x1b[2K  ${text()}` : `  ${text()}\n`);
  draw();
  const timer = setInterval(draw, terminal ? 500 : 15_000);
  return () => {
    clearInterval(timer);
    process.stdout.write(terminal ? `\r\x1b[2K  ${text()}\n` : `  ${text()}\n`);
  };
}
