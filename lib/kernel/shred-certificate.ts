import {
  isSignedBy,
  type NoteVerifier,
  parseCheckpointText,
  parseNote,
  type SignedNote,
} from "@/lib/kernel/checkpoint-note";
import { InvalidRequest } from "@/lib/kernel/errors";

/** One place that was looked at after the key was destroyed, in words for a person, and what was found there. */
export type ShredPlace = {
  readonly place: string;
  readonly checked: string;
  /** Rows or events that still say something of the person; null when that could not be told. */
  readonly left: number | null;
};

/** What was done to forget a person, and what was seen afterwards. Positions are decimal strings, times ISO 8601 UTC. */
export type ShredCertificate = {
  readonly version: 1;
  readonly request: string;
  /** The build of the code that did it. */
  readonly build: string;
  readonly store: string;
  readonly keyStore: string;
  readonly tenant: string | null;
  /** The digest that stands for the person in that key store. */
  readonly subject: string;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly approvedBy: string;
  readonly approvedAt: string;
  readonly reason: string;
  /** The law by which it was asked for, null where none was named; those of before 27 November 2026 do not have it. */
  readonly legalBasis?: string | null;
  readonly ticket: string | null;
  /** For how many minutes after its approval it could be withdrawn; not in older ones either. */
  readonly coolingMinutes?: number;
  readonly previewHash: string;
  readonly keys: readonly { readonly id: string; readonly epoch: number; readonly destroyedAt: string }[];
  readonly destroyedAt: string;
  /** When the last backup that has a key is gone, as the requester said how long they are kept. */
  readonly finalOn: string;
  /** Events with something sealed under these keys, `late` of them appended after they were counted for the approval. */
  readonly events: {
    readonly count: number;
    readonly fields: number;
    readonly late: number;
    readonly unreadable: number;
  };
  readonly places: readonly ShredPlace[];
  readonly tombstone: { readonly stream: string; readonly position: string };
  /** The latest checkpoint notes before the shred and after its tombstone; null where the log had none. */
  readonly checkpointBefore: string | null;
  readonly checkpointAfter: string | null;
  /** What this certificate does not speak of, one sentence each. */
  readonly outside: readonly string[];
};

const TITLE = "tidemark shred certificate v1";

/** The text that is signed: a line that no other signed text begins with, and the certificate as one line of JSON. */
export function certificateText(origin: string, certificate: ShredCertificate): string {
  return `${TITLE} of ${origin}\n${JSON.stringify(certificate)}\n`;
}

/** Reads a certificate without checking who signed it. Throws `InvalidRequest`. */
export function parseCertificate(note: string): { readonly note: SignedNote; readonly certificate: ShredCertificate } {
  const parsed = parseNote(note);
  const [title = "", json = "", ...rest] = parsed.text.split("\n");
  if (!title.startsWith(`${TITLE} of `) || rest.join("") !== "") throw noCertificate("its first line is another");
  try {
    const certificate = JSON.parse(json) as ShredCertificate;
    if (certificate.version === 1 && Array.isArray(certificate.places)) return { note: parsed, certificate };
  } catch {
    // Said below.
  }
  throw noCertificate("what it certifies cannot be read");
}

/** What holds of a certificate, as far as that can be told from it and the log's keys. `faults` is empty when all does. */
export async function checkCertificate(
  text: string,
  verifiers: readonly NoteVerifier[],
): Promise<{ readonly certificate: ShredCertificate; readonly faults: readonly string[] }> {
  const { note, certificate } = parseCertificate(text);
  const faults: string[] = [];
  if (!(await isSigned(note, verifiers))) faults.push("it is not signed by any of the keys that were given");
  const sizes: number[] = [];
  for (const [name, held] of [
    ["before", certificate.checkpointBefore],
    ["after", certificate.checkpointAfter],
  ] as const) {
    if (held === null) continue;
    const checkpoint = parseNote(held);
    sizes.push(parseCheckpointText(checkpoint.text).size);
    if (!(await isSigned(checkpoint, verifiers))) faults.push(`the checkpoint ${name} it is not signed by these keys`);
  }
  const [before, after] = sizes;
  if (before !== undefined && after !== undefined && after < before) faults.push("the log was shorter afterwards");
  const { count, unreadable } = certificate.events;
  if (unreadable < count) faults.push(`${count - unreadable} of ${count} events could still be read`);
  for (const { place, left } of certificate.places) {
    if (left !== null && left > 0) faults.push(`${place}: ${left} rows still hold a text of the person`);
  }
  return { certificate, faults };
}

async function isSigned(note: SignedNote, verifiers: readonly NoteVerifier[]): Promise<boolean> {
  for (const verifier of verifiers) if (await isSignedBy(note, verifier)) return true;
  return false;
}

function noCertificate(why: string): InvalidRequest {
  return new InvalidRequest(`This is no shred certificate: ${why}. Copy it again, whole, with its last line.`, [
    { path: "certificate", message: why },
  ]);
}
