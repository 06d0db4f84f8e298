import fs from "node:fs";
import { PassThrough, pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { CliError } from "@/bin/cli/cli-error";
import { exitCode } from "@/bin/cli/exit-code";

/** A text that is read from its beginning. */
export type Source = {
  /** The text's bytes, unpacked. */
  readonly stream: Readable;
  /** Bytes of the file; undefined for the input. */
  readonly size: number | undefined;
  /** Bytes of the file that have been read so far; of a packed file, the packed ones. */
  readonly bytesRead: () => number;
};

/** Opens a file, or the input for `-`; unpacks it when its content is gzip's, whatever its name. Throws `CliError`. */
export async function openSource(file: string, stdin: Readable): Promise<Source> {
  const size = file === "-" ? undefined : sizeOf(file);
  const input = file === "-" ? stdin : fs.createReadStream(file, { highWaterMark: 256 * 1024 });
  let bytesRead = 0;
  input.on("data", (part: Buffer) => {
    bytesRead += part.byteLength;
  });
  input.pause();
  const packed = file === "-" ? false : startsLikeGzip(file);
  const stream = pipeline(input, packed ? createGunzip() : new PassThrough(), () => undefined);
  return { stream, size, bytesRead: () => bytesRead };
}

function sizeOf(file: string): number {
  try {
    const found = fs.statSync(file);
    if (!found.isDirectory()) return found.size;
  } catch (error) {
    throw unreadable(file, (error as NodeJS.ErrnoException).code ?? String(error));
  }
  throw unreadable(file, "EISDIR");
}

function startsLikeGzip(file: string): boolean {
  let descriptor: number | undefined;
  try {
    descriptor = fs.openSync(file, "r");
    const magic = Buffer.alloc(2);
    fs.readSync(descriptor, magic, 0, 2, 0);
    return magic[0] === 0x1f && magic[1] === 0x8b;
  } catch (error) {
    throw unreadable(file, (error as NodeJS.ErrnoException).code ?? String(error));
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
}

function unreadable(file: string, code: string): CliError {
  const why: Readonly<Record<string, string>> = {
    ENOENT: "there is no such file",
    EISDIR: "it is a folder",
    EACCES: "reading it is not permitted",
  };
  return new CliError(exitCode.noInput, `${file} cannot be read: ${why[code] ?? code}.`, "Check the path.", {
    code: "no-input",
  });
}
