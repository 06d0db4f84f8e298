import { fromBase64, hex, sameBytes } from "@/lib/kernel/bytes-text";
import { isSignedBy, parseCheckpointText, parseNote, parseVerifier } from "@/lib/kernel/checkpoint-note";
import { type LeafFields, leafEntry } from "@/lib/kernel/leaf-entry";
import { leafHash, rootOfInclusion } from "@/lib/kernel/merkle-proof";
import { membersOf } from "@/lib/kernel/raw-json";

/** A proof as the API gives it: hashes in base64, and the note of its checkpoint. */
export type InclusionAnswer = {
  readonly index: number;
  readonly size: number;
  readonly path: readonly string[];
  readonly note: string | null;
};

/** What came of checking it. `signed` is null where this program cannot check Ed25519. */
export type InclusionVerdict = {
  /** The leaf that the event as it is shown gives, in hex. */
  readonly leaf: string;
  /** Whether that leaf and the path give the root that the note speaks of. */
  readonly fits: boolean;
  readonly signed: boolean | null;
  /** Leaves that the note speaks of; null without a note. */
  readonly size: number | null;
};

/**
 * Recomputes the proof of an event from the event's JSON, as the API shows it, byte for byte: nothing of it is taken from the
 * server's word but what the note was signed over. Throws `InvalidRequest` for a note or a key that is none.
 */
export async function checkInclusion(
  event: string,
  proof: InclusionAnswer,
  key: string | null,
): Promise<InclusionVerdict> {
  const raw = membersOf(event);
  const metadata = raw?.get("metadata") ?? "null";
  const fields = { ...(JSON.parse(event) as LeafFields), data: raw?.get("data") ?? "null" };
  const leaf = await leafHash(leafEntry({ ...fields, metadata: metadata === "null" ? null : metadata }));
  if (proof.note === null) return { leaf: hex(leaf), fits: false, signed: false, size: null };
  const note = parseNote(proof.note);
  const { root, size } = parseCheckpointText(note.text);
  const path = proof.path.map((hash) => fromBase64(hash, "path"));
  const computed = await rootOfInclusion({ index: proof.index, size, leaf, path });
  const verifier = key === null ? null : await parseVerifier(key);
  const signed = verifier === null ? false : await isSignedBy(note, verifier).catch(withoutEd25519);
  return { leaf: hex(leaf), fits: computed !== undefined && sameBytes(computed, root), signed, size };
}

/** Some browsers have SHA-256 and not Ed25519; that is no verdict about the signature. */
function withoutEd25519(error: unknown): null {
  if (error instanceof DOMException && error.name === "NotSupportedError") return null;
  throw error;
}
