/**
 * What clients saw of a store, and what it held at the end. Events are told apart by a number in their payload, which
 * only one append ever carries. Times are microseconds of one clock; positions and versions are plain numbers.
 */
export type History = {
  /** In the order in which each process and each consumer did them. */
  readonly operations: readonly Operation[];
  /** The whole log at quiescence, in the order of positions. */
  readonly log: readonly LogEntry[];
  /** What consumers made of the log: how often each event had its effect. */
  readonly effects: readonly Effects[];
  /** Rows in which a read model is not the fold of the log. */
  readonly differences: readonly string[];
};

/** An event where the log, or a reader, has it. */
export type LogEntry = {
  readonly position: number;
  readonly stream: string;
  readonly version: number;
  readonly event: number;
};

/** What a client did. */
export type Operation = AppendOperation | Read | Poll | CheckpointSeen;

/** `ok`: it happened. `fail`: it did not, and never will. `info`: nobody knows, so there may be one copy or none. */
type Outcome = "ok" | "fail" | "info";

/** One try of an append. All tries of one append have the same number and the same writes. */
export type AppendOperation = {
  readonly kind: "append";
  readonly outcome: Outcome;
  readonly process: string;
  readonly start: number;
  readonly end: number;
  readonly append: number;
  readonly writes: readonly Write[];
};

/** What an append asks of one stream and, when it was answered, where the events are. */
export type Write = {
  readonly stream: string;
  readonly expected: number | "none" | "exists" | "any";
  readonly events: readonly number[];
  readonly answer?: { readonly version: number; readonly first: number; readonly last: number };
};

/** The versions of some streams, as one consistent read found them. */
export type Read = {
  readonly kind: "read";
  readonly process: string;
  readonly start: number;
  readonly end: number;
  readonly seen: readonly { readonly stream: string; readonly version: number }[];
};

/** A consumer's step through the log, from `after` (exclusive) to `to`. `reset`: it was told to begin elsewhere. */
export type Poll = {
  readonly kind: "poll";
  readonly consumer: string;
  readonly start: number;
  readonly end: number;
  readonly after: number;
  readonly to: number;
  readonly reset?: boolean;
  readonly entries: readonly LogEntry[];
};

/** A durable checkpoint as the store showed it. `mark` is the high-water mark of the same moment. */
export type CheckpointSeen = {
  readonly kind: "checkpoint";
  readonly consumer: string;
  readonly epoch: number;
  readonly position: number;
  readonly mark: number;
};

/** How often each event had its effect in one consumer; one that is missing had none. */
type Effects = {
  readonly consumer: string;
  readonly handles: (event: number) => boolean;
  /** Events that an operator gave up: they must have none. */
  readonly skipped: ReadonlySet<number>;
  readonly times: ReadonlyMap<number, number>;
};
