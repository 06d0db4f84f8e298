import { createHash } from "node:crypto";
import fs from "node:fs/promises";
import path from "node:path";
import { folderName } from "@/lib/export/export-folder";
import type { ExportFormat } from "@/lib/export/export-line";
import { failpoint } from "@/lib/kernel/failpoint";

/** The file of one export: written under its partial name, found under its own once it is whole. */
export type ExportFile = {
  readonly name: string;
  readonly path: string;
  readonly partial: string;
  /** Whether so many bytes are there already, whole or partial. */
  readonly holds: (bytes: number) => Promise<boolean>;
};

/** Names the file of a run in a folder; nothing is opened. */
export function exportFile(folder: string, run: bigint, format: ExportFormat): ExportFile {
  const name = `export-${run}.${format}`;
  const whole = path.join(folder, name);
  const partial = `${whole}.part`;
  const holds = async (bytes: number) =>
    bytes === 0 || (await sizeOf(partial)) >= bytes || (await sizeOf(whole)) >= bytes;
  return { name, path: whole, partial, holds };
}

/** Writes bytes at a place of the partial file and waits until they are on the disk. Only the owner can read the file. */
export async function writeAt({ partial, path: whole }: ExportFile, offset: number, bytes: Buffer): Promise<void> {
  if (bytes.length === 0 && offset > 0) return;
  await fs.mkdir(path.dirname(whole), { recursive: true, mode: 0o700 });
  const handle = await fs.open(partial, fs.constants.O_CREAT | fs.constants.O_RDWR, 0o600);
  try {
    let written = 0;
    while (written < bytes.length) {
      const { bytesWritten } = await handle.write(bytes, written, bytes.length - written, offset + written);
      written += bytesWritten;
    }
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

/**
 * Cuts the partial file to its length, hashes it, and gives it its own name in one step. Does nothing but hash where that
 * has happened. Throws what `signal` was aborted with.
 */
export async function sealExport(
  file: ExportFile,
  bytes: number,
  signal: AbortSignal,
  onProgress: (bytes: number) => void,
): Promise<{ readonly sha256: string }> {
  const sealed = (await sizeOf(file.partial)) === -1;
  const handle = await fs.open(sealed ? file.path : file.partial, sealed ? "r" : "r+");
  try {
    if (!sealed) await handle.truncate(bytes);
    const hash = createHash("sha256");
    let read = 0;
    const chunk = Buffer.alloc(1024 * 1024);
    while (read < bytes) {
      signal.throwIfAborted();
      const { bytesRead } = await handle.read(chunk, 0, Math.min(chunk.length, bytes - read), read);
      if (bytesRead === 0) throw new Error(`${file.name} ends after ${read} of ${bytes} bytes.`);
      hash.update(chunk.subarray(0, bytesRead));
      read += bytesRead;
      onProgress(read);
    }
    if (!sealed) {
      await handle.sync();
      failpoint("export.before-name");
      await fs.rename(file.partial, file.path);
      await syncFolder(path.dirname(file.path));
    }
    return { sha256: hash.digest("hex") };
  } finally {
    await handle.close();
  }
}

/** Removes what a run has written, whole or partial; false where there was nothing. */
export async function removeExport(folder: string, run: bigint): Promise<boolean> {
  const written = (await namesIn(folder)).filter((name) => runOfFile(name) === run);
  for (const name of written) await fs.rm(path.join(folder, name), { force: true });
  return written.length > 0;
}

/** Removes a finished file if it is here. False where nobody here can say that it is gone: then it was finished in another folder. */
export async function removeFinished(
  here: string,
  { run, folder }: { readonly run: bigint; readonly folder: string | null },
): Promise<boolean> {
  if (await removeExport(here, run)) return true;
  return folder !== null && folder === (await folderName(here));
}

/** The runs that have a file in the folder. */
export async function runsWithFiles(folder: string): Promise<readonly bigint[]> {
  const runs = (await namesIn(folder)).map(runOfFile).filter((run) => run !== undefined);
  return [...new Set(runs)];
}

function runOfFile(name: string): bigint | undefined {
  const digits = /^export-([1-9]\d{0,17})\.(?:jsonl|csv)(?:\.part)?$/.exec(name)?.[1];
  return digits === undefined ? undefined : BigInt(digits);
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await fs.readdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Bytes of a file; -1 where there is none. */
async function sizeOf(file: string): Promise<number> {
  try {
    return (await fs.stat(file)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return -1;
    throw error;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await fs.open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
