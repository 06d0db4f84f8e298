import { fault, type HistoryFault } from "@/lib/integrity/history-fault";
import { HASH_BYTES } from "@/lib/kernel/merkle-tree";

/** What the Merkle log has of a stretch of events, in order; `first` is the index of its first leaf. */
export type RecordedLeaves = { readonly first: number; readonly positions: readonly bigint[]; readonly hashes: Buffer };

/** What the table of events has of it: the leaf stored with each, and the one its bytes give. */
export type PresentLeaves = {
  readonly positions: readonly bigint[];
  readonly stored: Buffer;
  readonly computed: Buffer;
};

/**
 * What was done to events since they were taken into the Merkle log, with the positions of each: changed, moved, removed or
 * inserted. Neighbours that are gone together are one finding.
 */
export function compareLeaves(recorded: RecordedLeaves, present: PresentLeaves): readonly HistoryFault[] {
  const findings: HistoryFault[] = [];
  const gone: number[] = [];
  const places = new Map(recorded.positions.map((_, index) => [hashAt(recorded.hashes, index).toString("hex"), index]));
  let here = 0;
  for (const [index, position] of recorded.positions.entries()) {
    for (; here < present.positions.length && at(present.positions, here) < position; here++) {
      findings.push(inserted(at(present.positions, here)));
    }
    if (here < present.positions.length && present.positions[here] === position) {
      const leaves = { stored: hashAt(present.stored, here), computed: hashAt(present.computed, here) };
      const change = changeOf(recorded, index, leaves, places);
      if (change !== null) findings.push(change);
      here += 1;
    } else {
      gone.push(index);
    }
  }
  for (; here < present.positions.length; here++) findings.push(inserted(at(present.positions, here)));
  return [...findings, ...removed(recorded, gone)];
}

function changeOf(
  recorded: RecordedLeaves,
  index: number,
  { stored, computed }: { readonly stored: Buffer; readonly computed: Buffer },
  places: ReadonlyMap<string, number>,
): HistoryFault | null {
  const leaf = hashAt(recorded.hashes, index);
  const position = at(recorded.positions, index);
  if (computed.equals(leaf)) {
    return stored.equals(leaf)
      ? null
      : fault(`position ${position}: the leaf hash of the event was changed, its bytes were not`, position);
  }
  const which = `position ${position} (leaf ${recorded.first + index})`;
  const hashes = `its bytes hash to ${computed.toString("hex")}, the Merkle log has ${leaf.toString("hex")}`;
  const other = places.get(stored.toString("hex"));
  if (other !== undefined && other !== index) {
    const from = recorded.positions[other];
    return fault(
      `${which}: another event stands here, the one that was recorded at position ${from}; ${hashes}`,
      position,
    );
  }
  return fault(`${which}: the event was changed; ${hashes}`, position);
}

function inserted(position: bigint): HistoryFault {
  return fault(`position ${position}: an event was inserted; the Merkle log knows of none there`, position);
}

function removed({ first, positions }: RecordedLeaves, gone: readonly number[]): readonly HistoryFault[] {
  const findings: HistoryFault[] = [];
  for (let from = 0; from < gone.length; ) {
    let to = from;
    while (gone[to + 1] === at(gone, to) + 1) to += 1;
    const [start, end] = [at(gone, from), at(gone, to)];
    const what =
      start === end
        ? `position ${positions[start]} (leaf ${first + start}): the event was removed`
        : `positions ${positions[start]} to ${positions[end]} (leaves ${first + start} to ${first + end}): ${end - start + 1} events were removed`;
    findings.push(fault(what, at(positions, start), at(positions, end)));
    from = to + 1;
  }
  return findings;
}

function hashAt(hashes: Buffer, index: number): Buffer {
  return hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES);
}

/** An element that is there: indexes come from the lists themselves. */
function at<T>(list: readonly T[], index: number): T {
  return list[index] as T;
}
