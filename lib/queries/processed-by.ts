/**
 * What one consumer did with one event. `done`: its batch was committed (`batch` null when the record is no longer kept);
 * `inline`: written in the append's own transaction; `waiting`: not reached yet; `unknown`: nobody holds the partition,
 * so nothing can be said about when.
 */
export type ConsumerStep = {
  readonly consumer: string;
  readonly state: "done" | "waiting" | "inline" | "unknown";
  /** The consumer's own switch, so that a page can say "waiting, because paused". */
  readonly consumerState: "running" | "paused";
  /** From the recording of the event to its reading by a worker; for `waiting`, up to now. Milliseconds, µs precision. */
  readonly waitingMs: number | null;
  /** From the reading of the batch to its commit; milliseconds, µs precision. */
  readonly workingMs: number | null;
  readonly readAt: string | null;
  readonly committedAt: string | null;
  readonly partition: number;
  readonly worker: string | null;
  readonly batch: {
    readonly id: string;
    readonly events: number;
    readonly fromPosition: string;
    readonly toPosition: string;
  } | null;
  /** The last error of the partition, when it stands before this event. */
  readonly error: string | null;
};
