import type { OnFailure } from "@/lib/define";

/**
 * What a consumer does with an event that it cannot apply. With `stop` the partition stands at the event and tries it
 * again with growing pauses; the other two set it aside at once, so that other streams never wait for it, and try it
 * again there.
 */
export type FailurePolicy = {
  readonly onFailure: OnFailure;
  /** How often an event is tried by itself, the first time included, before it waits for an operator. */
  readonly attempts: number;
  /** The pause before the second try, in milliseconds; it doubles each time, with a random half. */
  readonly retryMs: number;
  readonly breaker: Breaker;
};

/**
 * When a consumer is stopped instead: a deploy that parks everything is no poison event. It trips when within a minute
 * more than `perMinute` events were set aside, or more than `share` of all that were handled and at least `atLeast`;
 * and when more than `open` letters are open.
 */
type Breaker = {
  readonly perMinute: number;
  readonly share: number;
  readonly atLeast: number;
  readonly open: number;
};

/** What holds where a consumer says nothing else. */
export const defaultPolicy: FailurePolicy = {
  onFailure: "park-stream",
  attempts: 4,
  retryMs: 1_000,
  breaker: { perMinute: 50, share: 0.5, atLeast: 10, open: 10_000 },
};
