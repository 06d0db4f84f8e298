import type { Note } from "@/lib/testing/proof/history/anomalies";
import { type IndexedHistory, type LogicalAppend, wordsOf } from "@/lib/testing/proof/history/index-history";

/** What the log alone, and the log beside what was asked for, must show: A1 to A5, A10, A13. */
export function checkLog(indexed: IndexedHistory, note: Note): void {
  checkEntries(indexed, note);
  checkStreams(indexed, note);
  for (const append of indexed.appends.values()) checkAppend(indexed, append, note);
}

function checkEntries({ history, appendOf, entryOf }: IndexedHistory, note: Note): void {
  let last = Number.NEGATIVE_INFINITY;
  for (const entry of history.log) {
    const first = entryOf.get(entry.event);
    if (first && first !== entry) note("A2", () => `${wordsOf(entry)} is also at position ${first.position}`);
    if (entry.position <= last) note("A6", () => `position ${entry.position} stands after ${last}`);
    last = entry.position;
    const append = appendOf.get(entry.event);
    if (!append) note("A3", () => `${wordsOf(entry)} was sent by nobody`);
    else if (append.failed) note("A3", () => `${wordsOf(entry)} is of append ${append.append}, which was refused`);
  }
}

function checkStreams({ streams }: IndexedHistory, note: Note): void {
  for (const [stream, entries] of streams) {
    let ordered = true;
    for (let index = 1; index < entries.length; index++) {
      const [before, here] = [entries[index - 1], entries[index]];
      if (before && here && before.version >= here.version) {
        ordered = false;
        if (before.version > here.version) note("A13", () => `${wordsOf(here)} comes after version ${before.version}`);
      }
    }
    const sorted = ordered ? entries : [...entries].sort((a, b) => a.version - b.version);
    const wrong = sorted.findIndex(({ version }, index) => version !== index + 1);
    const found = sorted[wrong];
    if (found) note("A4", () => `${stream} has ${wordsOf(found)} where version ${wrong + 1} should be`);
  }
}

function checkAppend({ entryOf }: IndexedHistory, append: LogicalAppend, note: Note): void {
  let stored = 0;
  let total = 0;
  for (const { stream, events, expected } of append.writes) {
    const first = entryOf.get(events[0] ?? Number.NaN);
    for (const [index, event] of events.entries()) {
      const entry = entryOf.get(event);
      total += 1;
      if (!entry) continue;
      stored += 1;
      if (entry.stream !== stream) note("A6", () => `${wordsOf(entry)} was sent to ${stream}`);
      else if (first && entry.version !== first.version + index) {
        note("A10", () => `${wordsOf(entry)} of append ${append.append} does not follow its first one in one piece`);
      }
    }
    if (first && !fits(expected, first.version)) {
      note("A5", () => `${wordsOf(first)} was accepted though append ${append.append} expected ${expected}`);
    }
  }
  const name = `append ${append.append}`;
  if (stored > 0 && stored < total) note("A10", () => `${name} has ${stored} of ${total} events in the log`);
  if (stored === 0 && append.acknowledged < Number.POSITIVE_INFINITY) {
    note("A1", () => `${name} was acknowledged, and none of its ${total} events is in the log`);
  }
}

function fits(expected: number | "none" | "exists" | "any", version: number): boolean {
  if (expected === "any") return true;
  if (expected === "exists") return version > 1;
  return version === (expected === "none" ? 1 : expected + 1);
}
