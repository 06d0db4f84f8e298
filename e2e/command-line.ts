import { execFileSync, spawn } from "node:child_process";
import path from "node:path";
import { instance } from "./instance";

const root = path.dirname(__dirname);
const environment = () => ({ ...process.env, TIDEMARK_URL: instance.url, TIDEMARK_TOKEN: instance.token });

/** What the command line says; throws when it fails. */
export function cli(args: readonly string[]): string {
  return execFileSync(process.execPath, ["bin/tidemark", ...args], {
    ...{ cwd: root, encoding: "utf8", env: environment() },
  });
}

/** A call of the command line that goes on while the test acts: what it has said so far, and the exit code it comes to. */
export type Call = {
  readonly said: () => string;
  /** Gives it more to read; `end` says that this was all. */
  readonly feed: (text: string) => void;
  readonly end: () => void;
  readonly code: Promise<number | null>;
};

/** Begins a call of the command line. */
export function call(args: readonly string[]): Call {
  const child = spawn(process.execPath, ["bin/tidemark", ...args], { cwd: root, env: environment() });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
  }
  return {
    said: () => said,
    feed: (text) => child.stdin.write(text),
    end: () => child.stdin.end(),
    code: new Promise((resolve) => child.once("close", resolve)),
  };
}
