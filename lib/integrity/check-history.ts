import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import type { ReadDatabase } from "@/lib/db/read-database";
import { compareLeaves } from "@/lib/integrity/compare-leaves";
import { holdsDuty } from "@/lib/integrity/duty";
import { fault, HistoryChanged } from "@/lib/integrity/history-fault";
import { readRoot } from "@/lib/integrity/read-roots";
import { readPresent } from "@/lib/integrity/verify-leaves";
import { sameBytes } from "@/lib/kernel/bytes-text";
import { parseCheckpointText, parseNote } from "@/lib/kernel/checkpoint-note";
import { TILE_WIDTH } from "@/lib/kernel/merkle-tree";

/** What the log is held against: the note that the store keeps last, and one from outside of the database. */
export type LastNotes = { readonly kept: string | null; readonly held: string | null };

/** Throws `HistoryChanged` when the log of so many leaves does not begin with what these notes were signed over. */
export async function insistOnNotes(reads: ReadDatabase, { kept, held }: LastNotes, size: number): Promise<void> {
  for (const note of [kept, held]) {
    if (note === null) continue;
    const before = parseCheckpointText(parseNote(note).text);
    if (before.size <= size && (before.size === 0 || sameBytes(await readRoot(reads, before.size), before.root)))
      continue;
    const what =
      before.size > size
        ? `The Merkle log has ${size} leaves, and ${before.size} were signed: it was taken back to an earlier state`
        : `The Merkle log no longer begins with the ${before.size} leaves that were signed`;
    throw new HistoryChanged(
      [fault(what)],
      note === held ? held : null,
      "Nothing more is signed. Verify with the notes that you held; if an old backup was restored on purpose, take the file checkpoint-note out of the data folder.",
    );
  }
}

/** The last tile, with the position before it; of an empty log there is only the note. */
type Tail = { readonly note: string | null } & (
  | { readonly index: null }
  | {
      readonly index: bigint;
      readonly width: number;
      readonly first: bigint;
      readonly last: bigint;
      readonly hashes: Buffer;
      readonly positions: bigint[];
    }
);

/**
 * A short look at history by whoever has the duty: whether the log begins with the last notes, and whether the events of its last tile
 * are those that it took in. Throws `HistoryChanged`. All of history is compared by a verification.
 */
export async function checkHistory(pool: pg.Pool, owner: string, held: string | null): Promise<void> {
  await inTransaction(pool, async (client) => {
    if (!(await holdsDuty(client, owner))) return;
    const { rows } = await client.query<Tail>({
      name: "merkle_tail",
      text: `select t.index, t.width, coalesce(b.last_position, 0) as first, t.last_position as last, t.hashes, t.positions, n.note
               from (select 1) one
               left join lateral (select * from merkle_tiles where level = 0 order by index desc limit 1) t on true
               left join merkle_tiles b on b.level = 0 and b.index = t.index - 1
               left join lateral (select note from checkpoint_notes order by size desc limit 1) n on true`,
    });
    const [tail] = rows;
    if (tail === undefined) return;
    const reads: ReadDatabase = {
      query: async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
        (await client.query<Row>(sql, [...values])).rows,
    };
    const first = tail.index === null ? 0 : Number(tail.index) * TILE_WIDTH;
    await insistOnNotes(reads, { kept: tail.note, held }, tail.index === null ? 0 : first + tail.width);
    if (tail.index === null) return;
    const recorded = { first, positions: tail.positions, hashes: tail.hashes };
    const faults = compareLeaves(recorded, await readPresent(client, tail.first, tail.last));
    if (faults.length > 0) throw new HistoryChanged(faults);
  });
}
