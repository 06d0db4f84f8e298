import { readFile } from "node:fs/promises";
import { CliError } from "@/bin/cli/cli-error";
import { exitCode } from "@/bin/cli/exit-code";
import {
  type CheckpointText,
  isSignedBy,
  parseCheckpointText,
  parseNote,
  parseVerifier,
} from "@/lib/kernel/checkpoint-note";

/** A checkpoint note that was read: its text, what it says, and the key that signed it; null when none was given to check it with. */
export type ReadCheckpoint = CheckpointText & { readonly note: string; readonly signedBy: string | null };

/** Reads the file of a note. Throws `CliError` when it cannot be read, is none, or was signed by none of `keys`, where some are given. */
export async function readCheckpoint(file: string, keys: readonly string[] | undefined): Promise<ReadCheckpoint> {
  const note = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CliError(exitCode.noInput, `${file} cannot be read (${error.code ?? error.message}).`, "", { file });
  });
  return checkNote(note, keys, file);
}

/** Reads the text of a note; `from` names where it comes from. Throws `CliError`. */
export async function checkNote(
  note: string,
  keys: readonly string[] | undefined,
  from: string,
): Promise<ReadCheckpoint> {
  try {
    const signed = parseNote(note);
    const said = parseCheckpointText(signed.text);
    if (keys === undefined) return { ...said, note, signedBy: null };
    for (const key of keys) {
      if (await isSignedBy(signed, await parseVerifier(key))) return { ...said, note, signedBy: key };
    }
    throw new Error(`it was not signed by ${keys.length === 1 ? "the key that was given" : "any of the keys given"}`);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(exitCode.data, `The checkpoint of ${from} does not hold: ${why}`, "", { from });
  }
}
