import type pg from "pg";
import { alarmNotes } from "@/lib/integrity/history-alarm";
import { fault, type HistoryFault } from "@/lib/integrity/history-fault";
import { readKeys } from "@/lib/integrity/log-keys";
import { sameBytes } from "@/lib/kernel/bytes-text";
import { isSignedBy, type NoteVerifier, parseCheckpointText, parseNote } from "@/lib/kernel/checkpoint-note";
import { type GrowingRoot, rootOf } from "@/lib/kernel/growing-root";

/** The last size at which a note agreed with the log, and whether one that the store keeps has disagreed since. */
export type NotesVerified = { readonly agreed: number; readonly position: string; readonly broken: boolean };

type Note = {
  readonly size: number;
  readonly root: Uint8Array;
  readonly whose: "kept" | "held";
  readonly text: string;
};

/** Compares checkpoint notes with the tree as it grows: those that the store keeps, and those that somebody held outside. */
export type NoteCheck = {
  /** Reads the kept notes of sizes above `from` and up to `to`. */
  readonly look: (client: pg.PoolClient, from: number, to: number) => Promise<void>;
  /** What the notes of just this size have against the tree; `position` is that of its last leaf. */
  readonly check: (tree: GrowingRoot, position: bigint) => Promise<readonly HistoryFault[]>;
  /** What the notes of larger sizes have against a log that ends with `size` leaves. */
  readonly rest: (client: pg.PoolClient, size: number) => Promise<readonly HistoryFault[]>;
  readonly verified: () => NotesVerified;
};

/**
 * Begins to compare, at the start or where an earlier step left off. `held` are the texts of notes from outside; those that open alarms rest on
 * are compared, too.
 */
export async function compareNotes(
  client: pg.PoolClient,
  held: readonly string[],
  start: NotesVerified = { agreed: 0, position: "0", broken: false },
): Promise<NoteCheck> {
  const keyOf = await readKeys(client);
  const texts = [...new Set([...held, ...(await alarmNotes(client))])];
  const outside = texts.map((text) => ({ ...parseCheckpointText(parseNote(text).text), whose: "held" as const, text }));
  let verified = start;
  let bySize = new Map<number, Note[]>();

  const compare = async (note: Note, root: Uint8Array, position: bigint): Promise<readonly HistoryFault[]> => {
    const faults = (await isSigned(note, keyOf(note.size)))
      ? []
      : [fault(`${nameOf(note)} is not signed by the key that signed this log then`)];
    if (sameBytes(note.root, root)) {
      verified = { ...verified, agreed: note.size, position: String(position) };
      return faults;
    }
    const told = note.whose === "kept" && verified.broken;
    if (note.whose === "kept") verified = { ...verified, broken: true };
    return told ? faults : [...faults, disagreement(note, verified, position)];
  };

  return {
    verified: () => verified,
    look: async (database, from, to) => {
      const kept = await database.query<{ size: bigint; root: Buffer; note: string }>(
        "select size, root, note from checkpoint_notes where size > $1 and size <= $2 order by size",
        [from, to],
      );
      bySize = new Map();
      const notes = [
        ...outside.filter(({ size }) => size > from && size <= to),
        ...kept.rows.map(({ size, root, note }) => ({ size: Number(size), root, whose: "kept" as const, text: note })),
      ];
      for (const note of notes) bySize.set(note.size, [...(bySize.get(note.size) ?? []), note]);
    },
    check: async (tree, position) => {
      const notes = bySize.get(tree.size);
      if (notes === undefined) return [];
      const root = rootOf(tree);
      const faults: HistoryFault[] = [];
      for (const note of notes) faults.push(...(await compare(note, root, position)));
      return faults;
    },
    rest: async (database, verifiedSize) => {
      // The log grows and is signed while it is verified: what matters is where it ends now, and that in one look with the notes.
      const { rows } = await database.query<{ size: bigint; kept: bigint | null }>(
        `select l.size, (select size from checkpoint_notes where size > l.size order by size desc limit 1) as kept
           from (select greatest($1::bigint, (select index * 256 + width from merkle_tiles where level = 0 order by index desc limit 1)) as size) l`,
        [verifiedSize],
      );
      const size = Number(rows[0]?.size ?? verifiedSize);
      const kept = rows[0]?.kept ?? null;
      const beyond = [
        ...outside.filter((note) => note.size > size).map((note) => ({ size: note.size, whose: "held" as const })),
        ...(kept === null ? [] : [{ size: Number(kept), whose: "kept" as const }]),
      ];
      return beyond.map((note) =>
        fault(
          `${nameOf(note)}: the Merkle log ends after ${size} leaves; it was cut off or taken back to an earlier state`,
        ),
      );
    },
  };
}

function disagreement(note: Note, { agreed, position }: NotesVerified, here: bigint): HistoryFault {
  const since = agreed === 0 ? "the beginning" : `leaf ${agreed} (after position ${position})`;
  const what = `${nameOf(note)} does not agree with the Merkle log: what it was signed over was changed, from ${since} to leaf ${note.size - 1} (position ${here})`;
  return fault(what, BigInt(position), here);
}

function nameOf({ size, whose }: Pick<Note, "size" | "whose">): string {
  return `the ${whose === "held" ? "checkpoint that was held" : "kept checkpoint"} of ${size} leaves`;
}

/** Whether the note says what its row says, and is signed by the key that this log had at its size. */
async function isSigned({ size, root, text }: Note, key: NoteVerifier | undefined): Promise<boolean> {
  try {
    const note = parseNote(text);
    const said = parseCheckpointText(note.text);
    if (said.size !== size || !sameBytes(said.root, root)) return false;
    return key !== undefined && (await isSignedBy(note, key));
  } catch {
    // A text that is no note was signed by nobody.
  }
  return false;
}
