import { randomBytes } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";

/** The note that a worker signed last, in its data folder: out of reach of whoever has only the database. Null before the first. */
export async function readHeldNote(file: string): Promise<string | null> {
  try {
    return await fs.readFile(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

/** Puts a note in the place of the one before, whole or not at all. */
export async function holdNote(file: string, note: string): Promise<void> {
  const draft = `${file}.${randomBytes(6).toString("hex")}`;
  await fs.mkdir(path.dirname(file), { recursive: true });
  await fs.writeFile(draft, note, { flush: true });
  await fs.rename(draft, file);
}
