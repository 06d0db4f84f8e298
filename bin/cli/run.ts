import type { Readable } from "node:stream";
import { CommanderError } from "commander";
import { CliError } from "@/bin/cli/cli-error";
import type { Environment } from "@/bin/cli/environment";
import { exitCode } from "@/bin/cli/exit-code";
import type { Screen } from "@/bin/cli/output";
import { printable } from "@/bin/cli/printable";
import { createProgram } from "@/bin/cli/program";
import { InvalidRequest, PayloadRefused } from "@/lib/kernel/errors";

/** What the program is run in. `signal` is aborted when the user wants it to end. */
export type Surroundings = {
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Screen;
  readonly stderr: Screen;
  readonly environment: Environment;
  readonly signal: AbortSignal;
};

/** Runs one command line and resolves to its exit code. Never throws; errors are told on `stderr`, with the next step. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<number> {
  const ended: { code: number } = { code: exitCode.ok };
  const program = createProgram(surroundings, (code) => {
    ended.code = code;
  });
  try {
    await program.parseAsync([...args], { from: "user" });
    return ended.code;
  } catch (error) {
    if (error instanceof CommanderError) {
      return error.exitCode === 0 || error.code === "commander.help" ? exitCode.ok : exitCode.usage;
    }
    if (error instanceof Error && error.name === "AbortError" && surroundings.signal.aborted)
      return exitCode.interrupted;
    const known = knownError(error);
    tell(known, surroundings.stderr, args.includes("--json"));
    return known.exitCode;
  }
}

function knownError(error: unknown): CliError {
  if (error instanceof CliError) return error;
  if (error instanceof PayloadRefused || error instanceof InvalidRequest) {
    return new CliError(exitCode.data, error.message, "", { code: error.code, ...error.facts });
  }
  const message = error instanceof Error ? error.message : String(error);
  return new CliError(exitCode.software, `The program met a fault: ${message}`, "Please report it.", {
    code: "internal",
  });
}

function tell(error: CliError, stderr: Screen, asJson: boolean): void {
  if (asJson) {
    stderr.write(`${JSON.stringify({ error: error.message, next: error.next || undefined, ...error.facts })}\n`);
    return;
  }
  stderr.write(`tidemark: ${printable(error.message)}\n`);
  const { issues } = error.facts as { issues?: unknown };
  if (Array.isArray(issues)) {
    for (const { path, message } of issues as { path?: unknown; message?: unknown }[]) {
      stderr.write(`  ${printable(path)}: ${printable(message)}\n`);
    }
  }
  if (error.next) stderr.write(`${printable(error.next)}\n`);
}
