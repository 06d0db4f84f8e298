import type { Note } from "@/lib/testing/proof/history/anomalies";
import type { AppendOperation, Read } from "@/lib/testing/proof/history/history";
import { type IndexedHistory, wordsOf } from "@/lib/testing/proof/history/index-history";

/** What answers to appends and consistent reads must show: A1, A5, A6, A11, A12. */
export function checkAnswers(indexed: IndexedHistory, note: Note): void {
  const acknowledged = acknowledgedVersions(indexed);
  const winners = new Map<string, number>();
  for (const operation of indexed.history.operations) {
    if (operation.kind === "append" && operation.outcome === "ok") {
      checkPlaces(indexed, operation, note);
      checkWinner(winners, operation, note);
    }
    if (operation.kind === "read") checkRead(indexed, acknowledged, operation, note);
  }
}

/** An answer's version and positions are those of the log. */
function checkPlaces({ entryOf }: IndexedHistory, { append, writes }: AppendOperation, note: Note): void {
  for (const { events, answer } of writes) {
    if (!answer) continue;
    const places = [
      { event: events[0], version: answer.version, position: answer.first },
      { event: events.at(-1), version: answer.version + events.length - 1, position: answer.last },
    ];
    for (const { event, version, position } of places) {
      const entry = entryOf.get(event ?? Number.NaN);
      if (entry && (entry.position !== position || entry.version !== version)) {
        note("A6", () => `append ${append} was told version ${version}, position ${position} for ${wordsOf(entry)}`);
      }
    }
  }
}

function checkWinner(winners: Map<string, number>, { append, writes }: AppendOperation, note: Note): void {
  for (const { stream, expected } of writes) {
    if (expected === "any" || expected === "exists") continue;
    const claim = `${stream}@${expected === "none" ? 0 : expected}`;
    const winner = winners.get(claim) ?? append;
    winners.set(claim, winner);
    if (winner !== append) note("A5", () => `appends ${winner} and ${append} both won ${claim}`);
  }
}

type Acknowledged = { readonly end: number; readonly version: number };

/** Per stream: by when which version had been acknowledged, both rising. */
function acknowledgedVersions({ appends, entryOf }: IndexedHistory): Map<string, Acknowledged[]> {
  const known = new Map<string, Acknowledged[]>();
  for (const { acknowledged, writes } of appends.values()) {
    if (acknowledged === Number.POSITIVE_INFINITY) continue;
    for (const { stream, events } of writes) {
      const entry = entryOf.get(events.at(-1) ?? Number.NaN);
      const list = known.get(stream) ?? [];
      known.set(stream, list);
      if (entry) list.push({ end: acknowledged, version: entry.version });
    }
  }
  for (const [stream, list] of known) {
    let highest = 0;
    const rising: Acknowledged[] = [];
    for (const one of list.sort((a, b) => a.end - b.end)) {
      if (one.version > highest) rising.push(one);
      highest = Math.max(highest, one.version);
    }
    known.set(stream, rising);
  }
  return known;
}

function checkRead(
  { streams, appendOf }: IndexedHistory,
  acknowledged: ReadonlyMap<string, readonly Acknowledged[]>,
  { seen, start, end, process }: Read,
  note: Note,
): void {
  for (const { stream, version } of seen) {
    const due = acknowledged.get(stream)?.findLast((one) => one.end < start)?.version ?? 0;
    if (version < due) {
      note("A12", () => `${process} read ${stream} at version ${version} after version ${due} was acknowledged`);
    }
    if (version === 0) continue;
    const entry = streams.get(stream)?.[version - 1];
    if (!entry) {
      note("A1", () => `${process} read ${stream} at version ${version}, which is not in the log`);
      continue;
    }
    const append = appendOf.get(entry.event);
    if (append && append.firstStart > end) note("A11", () => `${process} read ${wordsOf(entry)} before it was sent`);
  }
}
