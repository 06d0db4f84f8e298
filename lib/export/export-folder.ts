import { randomUUID } from "node:crypto";
import fs from "node:fs/promises";

/** Where the name of a folder of exports stands: beside it, so that who empties or removes the folder does not take it away. */
const fileOf = (folder: string) => `${folder}.id`;

/** The name of a folder of exports, by which whoever looks for a file knows whether it has to be here; undefined where none was given. */
export async function folderName(folder: string): Promise<string | undefined> {
  try {
    return (await fs.readFile(fileOf(folder), "utf8")).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

/** The same, given now where it has none. Of two processes that do so at once both have the name of one. */
export async function nameFolder(folder: string): Promise<string> {
  const known = await folderName(folder);
  if (known !== undefined) return known;
  const name = randomUUID();
  const draft = `${fileOf(folder)}.${name}`;
  await fs.writeFile(draft, `${name}\n`, { mode: 0o600, flag: "wx" });
  try {
    // Unlike a rename it refuses to take the place of a name that somebody else has given meanwhile.
    await fs.link(draft, fileOf(folder));
    return name;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return (await folderName(folder)) ?? name;
  } finally {
    await fs.rm(draft, { force: true });
  }
}
