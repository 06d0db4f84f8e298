import type { Note } from "@/lib/testing/proof/history/anomalies";
import type { CheckpointSeen, LogEntry, Poll } from "@/lib/testing/proof/history/history";
import { firstAbove, type IndexedHistory, wordsOf } from "@/lib/testing/proof/history/index-history";

/** What each consumer's way through the log must show: A1, A3, A6 to A9, A11, A13. */
export function checkPolls(indexed: IndexedHistory, note: Note): void {
  const cursors = new Map<string, { to: number; versions: Map<string, number> }>();
  const checkpoints = new Map<string, CheckpointSeen>();
  for (const operation of indexed.history.operations) {
    if (operation.kind === "checkpoint") checkCheckpoint(checkpoints, operation, note);
    if (operation.kind !== "poll") continue;
    const known = cursors.get(operation.consumer);
    const cursor = known && !operation.reset ? known : { to: operation.after, versions: new Map<string, number>() };
    if (known && !operation.reset) checkStep(operation, known.to, note);
    checkPage(indexed, operation, note);
    for (const entry of operation.entries) checkDelivery(indexed, operation, entry, cursor.versions, note);
    cursors.set(operation.consumer, { to: operation.to, versions: cursor.versions });
  }
  const { log } = indexed.history;
  for (const [consumer, { to }] of cursors) {
    for (let index = firstAbove(log, to); index < log.length; index++) {
      note("A9", () => `${consumer} ended at ${to} and never saw ${wordsOf(log[index] as LogEntry)}`);
    }
  }
}

function checkStep({ consumer, after, to }: Poll, before: number, note: Note): void {
  if (after < before) note("A8", () => `${consumer} went back from ${before} to ${after}`);
  if (after > before) note("A7", () => `${consumer} jumped from ${before} to ${after}`);
  if (to < after) note("A8", () => `${consumer} moved its cursor from ${after} back to ${to}`);
}

/** Between `after` and `to` a page has exactly what the log has there. */
function checkPage({ history: { log } }: IndexedHistory, { consumer, after, to, entries }: Poll, note: Note): void {
  const delivered = new Set(entries.map(({ position }) => position));
  for (let index = firstAbove(log, after); index < log.length; index++) {
    const entry = log[index];
    if (!entry || entry.position > to) break;
    if (!delivered.has(entry.position)) note("A7", () => `${consumer} went to ${to} without ${wordsOf(entry)}`);
  }
  let last = after;
  for (const entry of entries) {
    if (entry.position <= last) note("A8", () => `${consumer} was given ${wordsOf(entry)} after ${last}`);
    last = entry.position;
  }
}

function checkDelivery(
  { entryOf, entryAt, appendOf }: IndexedHistory,
  { consumer, end }: Poll,
  entry: LogEntry,
  versions: Map<string, number>,
  note: Note,
): void {
  const before = versions.get(entry.stream);
  if (before !== undefined && entry.version <= before) {
    note("A13", () => `${consumer} was given ${wordsOf(entry)} after version ${before}`);
  }
  versions.set(entry.stream, entry.version);
  const append = appendOf.get(entry.event);
  const stored = entryOf.get(entry.event);
  if (!stored) {
    const code = !append || append.failed ? "A3" : "A1";
    note(code, () => `${consumer} was given ${wordsOf(entry)}, which is not in the log`);
  } else if (entryAt.get(entry.position)?.event !== entry.event || stored.version !== entry.version) {
    note("A6", () => `${consumer} was given ${wordsOf(entry)}, and the log has ${wordsOf(stored)}`);
  }
  if (append && append.firstStart > end) {
    note("A11", () => `${consumer} was given ${wordsOf(entry)} before it was sent`);
  }
}

function checkCheckpoint(seen: Map<string, CheckpointSeen>, here: CheckpointSeen, note: Note): void {
  const before = seen.get(here.consumer);
  seen.set(here.consumer, here);
  const { consumer, position, epoch, mark } = here;
  if (before && position < before.position) {
    note("A8", () => `the checkpoint of ${consumer} went from ${before.position} to ${position}`);
  }
  if (before && epoch < before.epoch)
    note("A8", () => `the epoch of ${consumer} went from ${before.epoch} to ${epoch}`);
  if (position > mark) note("A11", () => `the checkpoint of ${consumer} is ${position}, above the mark ${mark}`);
}
