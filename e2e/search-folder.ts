import fs from "node:fs";
import path from "node:path";

/** What is searched for: a name to tell it by, and its bytes in every form in which it might stand. */
export type Needle = { readonly name: string; readonly forms: readonly Buffer[] };

/** A text, plain and in the encodings in which it might hide. */
export function textNeedle(text: string): Needle {
  const bytes = Buffer.from(text, "utf8");
  return { name: text, forms: [bytes, Buffer.from(text, "utf16le"), ...writtenOut(bytes)] };
}

/** Secret bytes, raw or written out. */
export function bytesNeedle(name: string, bytes: Buffer): Needle {
  return { name, forms: [bytes, ...writtenOut(bytes)] };
}

/** In hex and base64; the latter depends on where the bytes begin among groups of three, and what stands beside them is left out. */
function writtenOut(bytes: Buffer): readonly Buffer[] {
  const base64 = [0, 1, 2].flatMap((shift) => {
    const whole = Buffer.concat([Buffer.alloc(shift), bytes])
      .toString("base64")
      .replace(/=+$/, "");
    const sure = whole.slice(shift === 0 ? 0 : 4, whole.length - 2);
    return [sure, sure.replaceAll("+", "-").replaceAll("/", "_")];
  });
  return [...new Set([bytes.toString("hex"), ...base64])].map((text) => Buffer.from(text));
}

const CHUNK = 4 * 1024 * 1024;

/** Every file below the folder in which a needle stands, as `file: needle`; each pair once. */
export function searchFolder(folder: string, needles: readonly Needle[]): readonly string[] {
  const found = new Set<string>();
  for (const file of filesBelow(folder)) {
    for (const name of needlesIn(file, needles)) found.add(`${path.relative(folder, file)}: ${name}`);
  }
  return [...found].sort();
}

function* filesBelow(folder: string): Generator<string> {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const place = path.join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(place);
    else if (entry.isFile()) yield place;
  }
}

/** Reads in pieces that overlap, so that nothing hides on a border. A file that went away while others were read has nothing. */
function needlesIn(file: string, needles: readonly Needle[]): ReadonlySet<string> {
  const found = new Set<string>();
  const overlap = Math.max(...needles.flatMap(({ forms }) => forms.map(({ length }) => length)));
  const piece = Buffer.alloc(CHUNK + overlap);
  let handle: number;
  try {
    handle = fs.openSync(file, "r");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return found;
    throw error;
  }
  try {
    for (let at = 0; ; at += CHUNK) {
      const read = fs.readSync(handle, piece, 0, piece.length, at);
      const bytes = piece.subarray(0, read);
      for (const { name, forms } of needles) if (forms.some((form) => bytes.includes(form))) found.add(name);
      if (read < piece.length) return found;
    }
  } finally {
    fs.closeSync(handle);
  }
}
