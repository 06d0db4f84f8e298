import type { Readable } from "node:stream";
import type { Api } from "@/bin/cli/api";
import type { Output } from "@/bin/cli/output";

/** What a command works with. */
export type Session = {
  readonly api: Api;
  readonly out: Output;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  /** Aborted when the user wants the command to end. */
  readonly signal: AbortSignal;
  /** Sets the exit code of a command that ran through; 0 when it is not called. */
  readonly end: (code: number) => void;
};

/** Finds the instance. Throws `CliError` when there is none. */
export type OpenSession = () => Session;
