/** How much it hurts: somebody must act now; somebody should look today; good to know. */
export type Severity = "critical" | "warning" | "notice";

/** From the worst to the least. */
export const severities: readonly Severity[] = ["critical", "warning", "notice"];

/** Whether `a` hurts at least as much as `b`. */
export function atLeast(a: Severity, b: Severity): boolean {
  return severities.indexOf(a) <= severities.indexOf(b);
}

/** An event by its place; never its payload. The position is decimal text. */
export type EventAt = {
  readonly position: string;
  readonly eventId: string;
  readonly stream: string;
  readonly version: string;
  readonly type: string;
};

/** What an alert is about: the event, the consumer, the session or the run that is to be opened. JSON-safe. */
export type Cause =
  | {
      readonly kind: "event";
      readonly consumer: string;
      readonly group: string;
      readonly letter: string;
      readonly event: EventAt;
      /** The type of the error. Its text may quote a payload, so it is read where masking applies. */
      readonly error: string;
      readonly streams: number;
    }
  | {
      readonly kind: "consumer";
      readonly consumer: string;
      readonly consumerKind: string;
      /** The oldest event without effect, where one was found. */
      readonly event: EventAt | null;
      readonly partition: number | null;
      readonly error: string | null;
      readonly objectiveMs: number | null;
      readonly burn: { readonly fast: number | null; readonly slow: number | null } | null;
    }
  | { readonly kind: "mark"; readonly position: string; readonly head: string; readonly holder: Holder | null }
  | {
      readonly kind: "workers";
      readonly alive: number;
      /** Whose partitions nobody holds, by name, and what kind each is; an alert of an older version has no kinds. */
      readonly consumers: readonly string[];
      readonly kinds?: readonly string[];
    }
  | {
      readonly kind: "appends";
      readonly appends: number;
      readonly conflicts: number;
      /** A stream that met one. */
      readonly stream: string | null;
    }
  | {
      readonly kind: "history";
      /** When it was found first, and the first fault in words. */
      readonly since: string;
      readonly what: string;
      /** The latest verification that found it; null when only the builder of the Merkle log has. */
      readonly run: string | null;
      /** The first and last position that were named. */
      readonly first: string | null;
      readonly last: string | null;
      /** What stands at the first of them now. */
      readonly event: EventAt | null;
    }
  | {
      readonly kind: "signing";
      /** Who builds the Merkle log; null when nobody does. */
      readonly builder: string | null;
      /** The last position that a checkpoint speaks of. */
      readonly upTo: string;
    }
  | {
      readonly kind: "requests";
      /** Requests to forget a person that are told of, at most 100, how many of them are overdue, and when the first is due. */
      readonly waiting: number;
      readonly overdue: number;
      readonly due: string;
      /** The one that is due first; an alert of an older version does not name it. */
      readonly first?: string;
    }
  | { readonly kind: "run"; readonly run: string; readonly subject: string | null; readonly state: string };

/** A session that holds the high-water mark back, as the server tells of it. Times in milliseconds. */
export type Holder = {
  readonly pid: number;
  readonly application: string | null;
  readonly state: string | null;
  readonly transactionMs: number | null;
  readonly queryMs: number | null;
  readonly waitsFor: string | null;
};

/**
 * What a rule says of a subject now. `breached`: its condition holds. `held`: nothing can be said, or nobody wants to be told;
 * an alert that is open stays as it is, and none is opened. A subject that a rule says nothing of is fine.
 */
export type Finding = {
  readonly subject: string;
  readonly verdict: "breached" | "held";
  readonly severity: Severity;
  readonly value: number;
  readonly title: string;
  readonly cause: Cause;
};
