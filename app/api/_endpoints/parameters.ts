import { z } from "zod";
import { InvalidRequest } from "@/lib/kernel/errors";
import { limits } from "@/lib/kernel/limits";
import { microseconds } from "@/lib/kernel/time";
import { SCAN_MS_MAX } from "@/lib/queries/search-in-steps";
import { currentTraceparent } from "@/lib/telemetry/tracer";

/** A position in the log, as decimal text. */
export const position = z
  .string()
  .regex(/^\d{1,19}$/, "must be a decimal number")
  .describe("A global position: a decimal string");

/** A page size. */
export const limit = z
  .string()
  .regex(/^\d{1,4}$/, "must be a whole number")
  .transform(Number)
  .refine((value) => value >= 1 && value <= limits.pageMax, `must be from 1 to ${limits.pageMax}`)
  .describe(`Rows of a page, 1 to ${limits.pageMax}; ${limits.pageDefault} when absent`);

/** How long a search goes on where no index answers. */
export const scanMs = z
  .string()
  .regex(/^\d{1,4}$/, "must be a whole number")
  .transform(Number)
  .refine((value) => value >= 1 && value <= SCAN_MS_MAX, `must be from 1 to ${SCAN_MS_MAX}`)
  .describe(`Milliseconds to search where no index answers, at most ${SCAN_MS_MAX}; \`next\` continues the search`);

/** A version of a stream. */
export const version = z
  .string()
  .regex(/^\d{1,15}$/, "must be a version: a whole number")
  .transform(Number)
  .describe("A 1-based place in a stream");

/** A text that a name could be. */
export const name = z
  .string()
  .min(1, "must not be empty")
  .max(512)
  .regex(/^[^\0\p{Cs}]*$/u, "must not contain NUL or broken Unicode");

/** A time as a query parameter; a date alone is its first instant in UTC. */
export const time = z
  .string()
  .max(40)
  .refine(
    (text) => microseconds(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text) !== undefined,
    "must be an ISO 8601 time with a zone",
  );

/** The context that a request hands to what it stores, from its headers. Throws `InvalidRequest`. */
export function contextHeaders(request: Request): {
  readonly idempotencyKey: string | null;
  readonly correlationId: string | null;
  readonly causationId: string | null;
  readonly traceparent: string | null;
} {
  const given = header(request, "traceparent", TRACEPARENT, "a W3C trace context of version 00");
  return {
    idempotencyKey: header(request, "idempotency-key", VISIBLE, "1 to 200 visible ASCII characters"),
    correlationId: header(request, "correlation-id", VISIBLE, "1 to 200 visible ASCII characters"),
    causationId: header(request, "causation-id", VISIBLE, "1 to 200 visible ASCII characters"),
    // The request's own span continues what the client sent; without telemetry that is handed on as it is.
    traceparent: currentTraceparent() ?? given,
  };
}

const VISIBLE = /^[\x21-\x7e]{1,200}$/;
const TRACEPARENT = /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/;

function header(request: Request, headerName: string, form: RegExp, what: string): string | null {
  const value = request.headers.get(headerName);
  if (value === null || form.test(value)) return value;
  throw new InvalidRequest(`The header ${headerName} must be ${what}.`, [
    { path: headerName, message: `must be ${what}` },
  ]);
}
