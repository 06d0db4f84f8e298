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

/** A checkpoint note that was read: its text, what it says, and the key that it was checked with; null when none was given. */
export type ReadCheckpoint = CheckpointText & { readonly note: string; readonly signedBy: string | null };

/** Reads the file of a note. Throws `CliError` when it cannot be read, is none, or was not signed by `key`. */
export async function readCheckpoint(file: string, key: string | undefined): Promise<ReadCheckpoint> {
  const note = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new CliError(exitCode.noInput, `${file} cannot be read (${error.code ?? error.message}).`, "", { file });
  });
  return checkNote(note, key, file);
}

/** Reads the text of a note; `from` names where it comes from. Throws `CliError`. */
export async function checkNote(note: string, key: string | undefined, from: string): Promise<ReadCheckpoint> {
  try {
    const signed = parseNote(note);
    const said = parseCheckpointText(signed.text);
    if (key !== undefined && !(await isSignedBy(signed, await parseVerifier(key)))) {
      throw new Error("it was not signed by the key that was given");
    }
    return { ...said, note, signedBy: key ?? null };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CliError(exitCode.data, `The checkpoint of ${from} does not hold: ${why}`, "", { from });
  }
}
