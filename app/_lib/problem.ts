import { asUnavailable, sqlState } from "@/lib/db/unavailable";
import { type ErrorCode, TidemarkError, Unavailable } from "@/lib/kernel/errors";

/** An RFC 9457 problem document. `code` is stable; the facts of the error stand beside it as fields of their own. */
export type Problem = {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ErrorCode;
  readonly detail: string;
  readonly requestId: string;
  readonly [fact: string]: unknown;
};

/** The one place where errors become HTTP. What was not raised on purpose says nothing of itself to the outside. */
export function toProblem(error: unknown, requestId: string): Problem {
  const known = asKnown(error);
  const { status, title } = HTTP[known.code];
  return {
    ...known.facts,
    type: `urn:tidemark:problem:${known.code}`,
    title,
    status: statusOf(known) ?? status,
    code: known.code,
    detail: known.message,
    requestId,
  };
}

/** The request's method is not served at this address. */
export class MethodNotAllowed extends TidemarkError {
  readonly status = 405;
  constructor(method: string, allowed: readonly string[]) {
    super("invalid-request", `${method} is not served here. Use ${allowed.join(" or ")}.`, {
      issues: [{ path: "method", message: `must be ${allowed.join(" or ")}` }],
      allowed,
    });
  }
}

/** The request's body is not of a kind that this address takes. */
export class UnsupportedMediaType extends TidemarkError {
  readonly status = 415;
  constructor(given: string, wanted: string) {
    super("invalid-request", `The body must be sent as ${wanted}, not ${given || "without a content-type"}.`, {
      issues: [{ path: "content-type", message: `must be ${wanted}` }],
    });
  }
}

function statusOf(error: TidemarkError): number | undefined {
  return "status" in error && typeof error.status === "number" ? error.status : undefined;
}

function asKnown(error: unknown): TidemarkError {
  if (error instanceof TidemarkError) return error;
  const mapped = asUnavailable(error);
  if (mapped instanceof TidemarkError) return mapped;
  const state = sqlState(error);
  if (state === "57014" || state === "55P03") {
    return new Unavailable("The database took too long to answer. Narrow the request, or try again.", error);
  }
  return new TidemarkError(
    "internal",
    "Something failed inside Tidemark. The log holds the cause under the request id.",
  );
}

const HTTP: Readonly<Record<ErrorCode, { readonly status: number; readonly title: string }>> = {
  "version-conflict": { status: 409, title: "Version conflict" },
  "idempotency-key-reused": { status: 422, title: "Idempotency key reused" },
  "payload-refused": { status: 422, title: "Payload refused" },
  "too-large": { status: 413, title: "Too large" },
  rejected: { status: 422, title: "Rejected" },
  "not-found": { status: 404, title: "Not found" },
  unauthenticated: { status: 401, title: "Not authenticated" },
  forbidden: { status: 403, title: "Forbidden" },
  unavailable: { status: 503, title: "Unavailable" },
  "not-yet": { status: 504, title: "Not yet" },
  "invalid-request": { status: 400, title: "Invalid request" },
  conflict: { status: 409, title: "Conflict" },
  "preview-changed": { status: 409, title: "Preview changed" },
  "subject-forgotten": { status: 409, title: "Subject forgotten" },
  internal: { status: 500, title: "Internal error" },
};
