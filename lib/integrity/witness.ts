import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";

/** A note to be published. */
export type SignedCheckpoint = {
  readonly size: number;
  readonly position: string;
  readonly note: string;
  readonly signedAt: string;
};

/**
 * A place outside of the database that notes are published to. `publish` resolves with null when the note was taken, else with why
 * not, in a few words without secrets; it may be called again with the same note.
 */
export type Witness = {
  /** Its kind and what may be shown of where it is: `folder /mnt/witness`. */
  readonly name: string;
  readonly publish: (checkpoint: SignedCheckpoint) => Promise<string | null>;
};

/**
 * A folder: each note in a file that is named by its size, and the last one in `latest`, whole or not at all. The folder must be
 * there: one that is made would hide that a disk is not mounted.
 */
export function folderWitness(folder: string): Witness {
  const put = async (name: string, text: string) => {
    const draft = path.join(folder, `.${name}.${randomBytes(6).toString("hex")}`);
    try {
      await fs.writeFile(draft, text, { flush: true });
      await fs.rename(draft, path.join(folder, name));
    } catch (error) {
      await fs.rm(draft, { force: true });
      throw error;
    }
  };
  return {
    name: `folder ${folder}`,
    publish: async ({ size, note }) => {
      try {
        await put(String(size), note);
        await put("latest", note);
        return null;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code ?? "the file could not be written";
      }
    },
  };
}
