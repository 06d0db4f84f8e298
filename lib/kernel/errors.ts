/**
 * What can go wrong, as a few classes with stable codes and the facts as fields. Transports decide on status numbers;
 * nothing in the engine knows HTTP.
 */

/** The codes of `docs/api`; outside clients match on them, so they never change meaning. */
export type ErrorCode =
  | "version-conflict"
  | "idempotency-key-reused"
  | "payload-refused"
  | "too-large"
  | "rejected"
  | "not-found"
  | "unauthenticated"
  | "forbidden"
  | "unavailable"
  | "not-yet"
  | "invalid-request"
  | "conflict"
  | "preview-changed"
  | "subject-forgotten"
  | "internal";

/** JSON-safe facts that a person or a program needs to act on an error. Positions are decimal strings. */
export type ErrorFacts = Readonly<Record<string, unknown>>;

/** The same in every copy of this file that a process holds. */
const RAISED = Symbol.for("tidemark.error");

/**
 * The base of every error that Tidemark raises on purpose. `message` names the cause and the next step. `instanceof` holds for
 * those of another copy of this class, too: pages and routes are bundled apart, and share what one of them has opened. It does
 * not for the classes below: who needs to tell these apart across bundles asks for the `code`.
 */
export class TidemarkError extends Error {
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: it is the class that was asked about, this one or one below
    if (this !== TidemarkError) return super[Symbol.hasInstance](value);
    return typeof value === "object" && value !== null && RAISED in value;
  }

  readonly [RAISED] = true;
  readonly code: ErrorCode;
  readonly facts: ErrorFacts;

  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}, options?: { cause?: unknown }) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
    this.facts = facts;
  }
}

/** Somebody appended to the stream first. `expected` is what the caller believed, `actual` the version found. */
export class VersionConflict extends TidemarkError {
  constructor(
    readonly stream: string,
    readonly expected: number | "none" | "exists",
    readonly actual: number,
  ) {
    super(
      "version-conflict",
      `Stream ${stream} is at version ${actual}, not ${expected}. Load it again and decide anew.`,
      { stream, expected, actual },
    );
  }
}

/** The same idempotency key or event id came with other content; nothing was stored. */
export class IdempotencyKeyReused extends TidemarkError {
  constructor(facts: ErrorFacts) {
    super(
      "idempotency-key-reused",
      "This idempotency key or event id already stands for other content. Use a new one for a new request.",
      facts,
    );
  }
}

/** A payload that JSON or PostgreSQL would alter. `reason` is a stable word, `path` where it stands. */
export class PayloadRefused extends TidemarkError {
  constructor(
    readonly reason: string,
    readonly path: string,
    message: string,
  ) {
    super("payload-refused", message, { reason, path });
  }
}

/** Larger than a limit of `limits.ts`; `limitBytes` and `actualBytes` say by how much. */
export class TooLarge extends TidemarkError {
  constructor(what: string, limitBytes: number, actualBytes: number) {
    super(
      "too-large",
      `${what} has ${actualBytes} bytes; the limit is ${limitBytes}. Split it or store it elsewhere.`,
      {
        what,
        limitBytes,
        actualBytes,
      },
    );
  }
}

/** A named thing that does not exist. */
export class NotFound extends TidemarkError {
  constructor(kind: string, id: string) {
    super("not-found", `There is no ${kind} ${id}.`, { kind, id });
  }
}

/** The request's form is wrong; `issues` lists each fault with its path. */
export class InvalidRequest extends TidemarkError {
  constructor(message: string, issues: readonly { path: string; message: string }[] = []) {
    super("invalid-request", message, { issues });
  }
}

/** The database or a needed part cannot be reached now; the same call may succeed later. */
export class Unavailable extends TidemarkError {
  constructor(message: string, cause?: unknown) {
    super("unavailable", message, {}, { cause });
  }
}
