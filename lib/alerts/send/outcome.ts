/**
 * How an attempt to send ended. `sent`: the receiver has taken it. `refused`: it never will. `later`: it certainly has not taken
 * it, and may next time. `unknown`: the request was on its way, and nobody can say whether it arrived.
 */
export type Outcome = {
  readonly kind: "sent" | "refused" | "later" | "unknown";
  /** The receiver's status or reply code. */
  readonly status: number | null;
  /** In a few words, never with an address or a secret. */
  readonly error: string | null;
};

/** What an answer of an HTTP server means. A redirect is a refusal: it may lead anywhere. */
export function outcomeOfStatus(status: number): Outcome {
  if (status >= 200 && status < 300) return { kind: "sent", status, error: null };
  const later = status >= 500 || status === 408 || status === 425 || status === 429;
  return { kind: later ? "later" : "refused", status, error: `the receiver answered ${status}` };
}

/** The code of an error, or a word for it. Messages are left out: they may quote an address. */
export function wordFor(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === "string") return code;
  return error instanceof Error ? error.name : "failed";
}
