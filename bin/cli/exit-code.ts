import type { ErrorCode } from "@/lib/kernel/errors";

/** How the program ends, in the words of sysexits.h; scripts branch on these numbers. */
export const exitCode = {
  ok: 0,
  /** The command line is wrong. */
  usage: 64,
  /** What was given is wrong: a refused event, a rejected command, a name that does not exist. */
  data: 65,
  /** A file cannot be read. */
  noInput: 66,
  /** No Tidemark answers. */
  unavailable: 69,
  /** A fault in Tidemark. */
  software: 70,
  /** The same may succeed later. */
  tryAgain: 75,
  /** Not signed in, or not allowed. */
  permission: 77,
  /** Ended by Ctrl-C. */
  interrupted: 130,
} as const;

/** The exit code for a problem document's `code`. */
export function exitCodeOf(code: string): number {
  return (BY_CODE as Readonly<Record<string, number>>)[code] ?? exitCode.software;
}

const BY_CODE: Readonly<Record<ErrorCode, number>> = {
  "version-conflict": exitCode.tryAgain,
  "idempotency-key-reused": exitCode.data,
  "payload-refused": exitCode.data,
  "too-large": exitCode.data,
  rejected: exitCode.data,
  "not-found": exitCode.data,
  unauthenticated: exitCode.permission,
  forbidden: exitCode.permission,
  unavailable: exitCode.tryAgain,
  "not-yet": exitCode.tryAgain,
  "invalid-request": exitCode.usage,
  "preview-changed": exitCode.tryAgain,
  "subject-forgotten": exitCode.data,
  conflict: exitCode.tryAgain,
  internal: exitCode.software,
};
