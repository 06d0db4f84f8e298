import { InvalidRequest } from "@/lib/kernel/errors";
import { parsePosition } from "@/lib/kernel/position";
import { tombstone } from "@/lib/kernel/tombstone";
import type { LiveFilter } from "@/lib/live/session";

/** What a process can be asked for beside the log: the names of its gauges. */
export const gaugeNames = ["lag", "runs", "alerts"] as const;

/** The name of a gauge. */
export type GaugeName = (typeof gaugeNames)[number];

/**
 * One thing that a viewer follows. `events`: every event above `after` that the filter lets through. `moved`: only that
 * there are newer ones, and the position of the newest, a few times a second at most. `forgotten`: the request by which somebody was
 * forgotten, nothing else. A gauge: its value, when it changes.
 */
export type WatchedTopic =
  | {
      readonly topic: "events" | "moved" | "forgotten";
      readonly after: bigint | undefined;
      readonly filter: LiveFilter;
    }
  | { readonly topic: GaugeName };

/** What `forgotten` follows: the events that say so in the log. */
export const forgottenFilter: LiveFilter = tombstone;

/** A stream follows at most this many topics. */
export const TOPICS_MAX = 32;

/**
 * The id of a frame: how far the viewer is in every topic, in their order, so that one `Last-Event-ID` resumes them all.
 * A gauge has no place; its value is sent anew.
 */
export function resumeId(places: readonly (bigint | undefined)[]): string {
  return places.map((place) => place ?? "-").join(".");
}

/** The topics as a reconnecting viewer left them. Throws `InvalidRequest` when the id is not one of these topics. */
export function resumedTopics(topics: readonly WatchedTopic[], id: string): readonly WatchedTopic[] {
  const places = id.split(".");
  if (places.length !== topics.length) throw refused();
  return topics.map((watched, index) => {
    const place = places[index];
    if (!("filter" in watched)) {
      if (place !== "-") throw refused();
      return watched;
    }
    const after = parsePosition(place ?? "");
    if (after === undefined) throw refused();
    return { ...watched, after };
  });
}

function refused(): InvalidRequest {
  return new InvalidRequest("Last-Event-ID must be the id of a frame of these topics.", [
    { path: "last-event-id", message: "does not belong to these topics" },
  ]);
}
