/** What a page can follow: events or only their coming, by a filter, or a figure of the store. */
export type LiveTopic =
  | {
      readonly topic: "events" | "moved";
      readonly type?: string | undefined;
      readonly category?: string | undefined;
      readonly stream?: string | undefined;
      readonly correlation?: string | undefined;
    }
  /** By which request somebody was forgotten. */
  | { readonly topic: "forgotten" }
  | { readonly topic: LiveGauge };

/** The figures that the live feed tells beside the log. */
export type LiveGauge = "lag" | "runs" | "alerts";

/** A topic and where its viewer is in the log; a gauge has no place. */
export type PlacedTopic = LiveTopic & { readonly after?: string | undefined };

/**
 * How the connection is: `live` while beats arrive, `stale` when it was lost, `offline` after 9 s without, `off` by choice;
 * `full` where the tabs of this browser follow more than one stream carries, and what this page follows is left out.
 */
export type LiveState = "off" | "connecting" | "live" | "stale" | "offline" | "full";

/** Whether a topic is of the log, so that its viewer has a place in it. */
export function isOfLog({ topic }: LiveTopic): boolean {
  return topic === "events" || topic === "moved" || topic === "forgotten";
}

/** The same text for the same topic, wherever it is asked for. */
export function topicKey(topic: LiveTopic): string {
  return JSON.stringify(
    Object.entries(topic)
      .filter(([, value]) => value !== undefined)
      .sort(),
  );
}

/** Whether position `a` stands behind position `b`; both are decimal text. */
export function isAfter(a: string, b: string): boolean {
  return BigInt(a) > BigInt(b);
}
