import fs from "node:fs";
import path from "node:path";
import { redact } from "@/lib/telemetry/redact";

/** A log beyond this is put aside as `.log.1` and begun anew, in bytes. */
const MAX_BYTES = 10 * 1024 * 1024;

/** A log in a file of the data folder. */
export type LogFile = { readonly path: string; readonly write: (line: string) => void; readonly close: () => void };

/** Opens `<directory>/<name>.log`, readable by its owner only. At most two files of 10 MB are kept. */
export function openLogFile(directory: string, name: string): LogFile {
  const file = path.join(directory, `${name}.log`);
  fs.mkdirSync(directory, { recursive: true, mode: 0o700 });
  let bytes = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  if (bytes > MAX_BYTES) bytes = putAside(file);
  let handle = fs.openSync(file, "a", 0o600);
  let open = true;
  return {
    path: file,
    write(line) {
      if (!open) return;
      if (bytes > MAX_BYTES) {
        fs.closeSync(handle);
        bytes = putAside(file);
        handle = fs.openSync(file, "a", 0o600);
      }
      bytes += fs.writeSync(handle, `${redact(line)}\n`);
    },
    close() {
      if (open) fs.closeSync(handle);
      open = false;
    },
  };
}

function putAside(file: string): number {
  fs.renameSync(file, `${file}.1`);
  return 0;
}
