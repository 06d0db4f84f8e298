import { fromBase64, hex } from "@/lib/kernel/bytes-text";
import { InvalidRequest } from "@/lib/kernel/errors";
import { sha256 } from "@/lib/kernel/merkle-proof";

/** A text and who signed it, in the C2SP signed-note format. `text` ends with a line feed. */
export type SignedNote = {
  readonly text: string;
  readonly signatures: readonly { readonly name: string; readonly keyId: string; readonly bytes: Uint8Array }[];
};

/** What a checkpoint note says (C2SP tlog-checkpoint): the log's name, its number of leaves, and their root. */
export type CheckpointText = { readonly origin: string; readonly size: number; readonly root: Uint8Array };

/** A public key that notes are checked with. `keyId` is eight hex digits. */
export type NoteVerifier = { readonly name: string; readonly keyId: string; readonly publicKey: Uint8Array };

/** Notes are short; whoever sends a longer one sends something else. */
const NOTE_MAX = 65_536;
const SIGNATURES_MAX = 64;
/** The signature type of plain Ed25519. */
const ED25519 = 1;

/** Reads a signed note without checking who signed it. Throws `InvalidRequest`, saying what is wrong. */
export function parseNote(note: string): SignedNote {
  const end = note.lastIndexOf("\n\n");
  if (note.length > NOTE_MAX || end === -1 || !note.endsWith("\n") || hasControls(note)) {
    throw notANote("it has no text, blank line and signature lines");
  }
  const lines = note.slice(end + 2, -1).split("\n");
  if (lines.length > SIGNATURES_MAX) throw notANote(`it has more than ${SIGNATURES_MAX} signatures`);
  const signatures = lines.map((line) => {
    const [, name, base] = /^\u2014 ([^\s+]+) (\S+)$/u.exec(line) ?? [];
    if (name === undefined || base === undefined) throw notANote(`its signature line “${line.slice(0, 80)}” is none`);
    const bytes = fromBase64(base, "signature");
    if (bytes.length < 5) throw notANote("a signature is too short");
    return { name, keyId: hex(bytes.subarray(0, 4)), bytes: bytes.subarray(4) };
  });
  return { text: note.slice(0, end + 1), signatures };
}

/** Reads the text of a checkpoint note. Lines after the third are ignored, as the format has it. Throws `InvalidRequest`. */
export function parseCheckpointText(text: string): CheckpointText {
  const [origin = "", size = "", root = "", ...rest] = text.split("\n");
  if (origin === "" || !/^(0|[1-9]\d{0,15})$/.test(size) || rest.at(-1) !== "" || rest.slice(0, -1).includes("")) {
    throw notANote("its text is not an origin, a size and a root, each on its line");
  }
  const hash = fromBase64(root, "root");
  if (hash.length !== 32) throw notANote("its root is not 32 bytes");
  return { origin, size: Number(size), root: hash };
}

/** Reads a public key as `name+key id+base64`. Throws `InvalidRequest`, also when the id is not that of the key. */
export async function parseVerifier(text: string): Promise<NoteVerifier> {
  const [, name = "", keyId = "", key = ""] = /^([^\s+]+)\+([0-9a-f]{8})\+(\S+)$/u.exec(text.trim()) ?? [];
  const bytes = fromBase64(key, "public key");
  if (name === "" || bytes.length !== 33 || bytes[0] !== ED25519 || (await keyIdOf(name, bytes)) !== keyId) {
    throw new InvalidRequest("This is not a public key of the form name+id+key for Ed25519. Copy it again, whole.", [
      { path: "key", message: "must be name+id+key" },
    ]);
  }
  return { name, keyId, publicKey: bytes.subarray(1) };
}

/** The id of a key by its name and its type byte with the public key: the first four bytes of a SHA-256, as hex. */
async function keyIdOf(name: string, typed: Uint8Array): Promise<string> {
  return hex((await sha256(new TextEncoder().encode(`${name}\n`), typed)).subarray(0, 4));
}

/** Whether this key signed the note. A line under its name and id that does not verify spoils the whole note. */
export async function isSignedBy(note: SignedNote, { name, keyId, publicKey }: NoteVerifier): Promise<boolean> {
  const own = note.signatures.filter((line) => line.name === name && line.keyId === keyId);
  if (own.length === 0) return false;
  const key = await crypto.subtle.importKey("raw", new Uint8Array(publicKey), "Ed25519", false, ["verify"]);
  const text = new TextEncoder().encode(note.text);
  for (const { bytes } of own) {
    if (!(await crypto.subtle.verify("Ed25519", key, new Uint8Array(bytes), text))) return false;
  }
  return true;
}

function hasControls(note: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the format forbids just these
  return /[\x00-\x09\x0b-\x1f]/.test(note);
}

function notANote(why: string): InvalidRequest {
  return new InvalidRequest(`This is not a checkpoint note: ${why}. Copy it again, whole, with its last line.`, [
    { path: "note", message: why },
  ]);
}
