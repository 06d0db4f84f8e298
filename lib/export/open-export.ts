import fs from "node:fs/promises";
import path from "node:path";
import { Readable } from "node:stream";
import { NotFound } from "@/lib/kernel/errors";

/**
 * Opens a finished file of this folder for reading from its beginning. Throws `NotFound` where it is not: another machine
 * has made it, or it is gone.
 */
export async function openExport(
  folder: string,
  { file, run }: { readonly file: string; readonly run: string },
): Promise<{ readonly body: ReadableStream<Uint8Array>; readonly bytes: number }> {
  try {
    const handle = await fs.open(path.join(folder, path.basename(file)), "r");
    const { size } = await handle.stat();
    return { body: Readable.toWeb(handle.createReadStream()) as ReadableStream<Uint8Array>, bytes: size };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new NotFound("file of export", `${run} in the data folder of this machine. Ask the one whose worker made it`);
  }
}
