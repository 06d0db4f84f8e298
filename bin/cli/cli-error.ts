import { exitCode, exitCodeOf } from "@/bin/cli/exit-code";

/** An end that the program knows: what went wrong, what to do next, and the exit code. */
export class CliError extends Error {
  constructor(
    readonly exitCode: number,
    /** One sentence: the cause. */
    message: string,
    /** The next step; empty when the message holds it. */
    readonly next = "",
    /** What `--json` prints beside the message. */
    readonly facts: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

/** A wrong command line. */
export function usage(message: string, next = ""): CliError {
  return new CliError(exitCode.usage, message, next, { code: "usage" });
}

/** Tidemark's no, from its problem document (RFC 9457); any other body is told by its status alone. */
export function refusal(status: number, body: string): CliError {
  const problem = parse(body);
  const code = typeof problem.code === "string" ? problem.code : codeOf(status);
  const detail = typeof problem.detail === "string" ? problem.detail : `Tidemark answered ${status}.`;
  return new CliError(exitCodeOf(code), detail, NEXT[code] ?? "", { ...problem, status, code });
}

function parse(body: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function codeOf(status: number): string {
  if (status === 401) return "unauthenticated";
  if (status === 403) return "forbidden";
  if (status === 404) return "not-found";
  if (status === 413) return "too-large";
  if (status === 502 || status === 503 || status === 504) return "unavailable";
  return status < 500 ? "invalid-request" : "internal";
}

const NEXT: Readonly<Record<string, string>> = {
  unauthenticated:
    "Set TIDEMARK_TOKEN to a service token of this Tidemark; a local one keeps its own in <data folder>/token.",
  forbidden: "Use a token with the role that this needs.",
  unavailable: "Wait a moment and run the same command again.",
  internal: "The console's log holds the cause under the request id; `--json` prints it.",
};
