import type { SnapshotPolicy } from "@/lib/define";
import type { Load } from "@/lib/snapshots/snapshot";

/** A policy by time says when; where its snapshots then stand is every so many events. */
const EVERY_BY_TIME = 500;
/** A stream keeps up to about this many snapshots; a longer one keeps every second, fourth, … of the early ones. */
const KEPT_MAX = 128;

/** Every how many events a stream of a category may have a snapshot. */
export function snapshotEvery(policy: SnapshotPolicy): number {
  return "every" in policy ? policy.every : EVERY_BY_TIME;
}

/** The distance of the snapshots that a stream of this length keeps: `every`, doubled until there are few enough. */
export function spacing(every: number, head: number): number {
  let distance = every;
  while (head / distance > KEPT_MAX) distance *= 2;
  return distance;
}

/**
 * The versions above `after` at which a stream of length `head` is to have a snapshot: the spaced ones, and the last
 * multiple of `every`, so that the tail behind the newest snapshot is always shorter than `every`.
 */
export function snapshotVersions(every: number, after: number, head: number): readonly number[] {
  const distance = spacing(every, head);
  const newest = Math.floor(head / every) * every;
  const versions: number[] = [];
  for (let at = (Math.floor(after / distance) + 1) * distance; at <= newest; at += distance) versions.push(at);
  if (newest > after && versions.at(-1) !== newest) versions.push(newest);
  return versions;
}

/** Whether a load was long enough that its stream should have had a (newer) snapshot. */
export function asksForSnapshot(policy: SnapshotPolicy, load: Load): boolean {
  if ("every" in policy) return load.foldedEvents >= policy.every;
  return load.ms > policy.slowerThanMs && load.foldedEvents >= EVERY_BY_TIME;
}
