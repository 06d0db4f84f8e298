import { Readable, Writable } from "node:stream";
import type { Environment } from "@/bin/cli/environment";
import { run } from "@/bin/cli/run";

/** How a command line ended. */
export type Ended = { readonly code: number; readonly out: string; readonly err: string };

/** What a test may set; the rest is an environment without any Tidemark. */
export type Given = {
  readonly environment?: Partial<Environment>;
  readonly input?: string;
  readonly signal?: AbortSignal;
  /** Sees the output as it grows. */
  readonly onOutput?: (out: string) => void;
};

/** Runs a command line in this process, without a terminal. */
export async function runLine(args: readonly string[], given: Given = {}): Promise<Ended> {
  const out: string[] = [];
  const err: string[] = [];
  const code = await run(args, {
    stdin: Readable.from(given.input === undefined ? [] : [Buffer.from(given.input)]),
    stdout: collect(out, given.onOutput),
    stderr: collect(err),
    environment: {
      ...{ url: undefined, token: undefined, dataDirectory: undefined },
      ...{ workingDirectory: "/nowhere", installation: "/nowhere" },
      ...given.environment,
    },
    signal: given.signal ?? new AbortController().signal,
  });
  return { code, out: out.join(""), err: err.join("") };
}

function collect(into: string[], onOutput?: (text: string) => void): Writable {
  return new Writable({
    write(part: Buffer, _, done) {
      into.push(part.toString("utf8"));
      onOutput?.(into.join(""));
      done();
    },
  });
}
