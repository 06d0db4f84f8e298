/**
 * Whether a text is for certain what `checkJson` accepts. False says nothing: the text may be broken, or only of a kind that
 * is not looked at here (exponents, long numbers, deep nesting, many keys, keys with escapes). One pass over the bytes
 * that takes nothing apart: several times as fast as parsing the text and writing it again.
 */
export function isPlainJson(text: string): boolean {
  const bytes = laid(text);
  return bytes !== undefined && scan(bytes, undefined);
}

/**
 * The raw text of each member of an object, by key, as `membersOf` gives them, where `isPlainJson` is certain of the text;
 * undefined for any other text, and for a value that is no object.
 */
export function plainMembers(text: string): Map<string, string> | undefined {
  const bytes = laid(text);
  if (bytes === undefined || bytes[skipped(bytes, 0)] !== OPEN_OBJECT) return undefined;
  const places: number[] = [];
  if (!scan(bytes, places)) return undefined;
  // In a text of ASCII alone a character is a byte, and a part of it need not be copied.
  const ascii = bytes[text.length] === END ? text : undefined;
  const members = new Map<string, string>();
  for (let n = 0; n < places.length; n += 4) {
    members.set(part(bytes, ascii, places[n], places[n + 1]), part(bytes, ascii, places[n + 2], places[n + 3]));
  }
  return members;
}

function part(bytes: Buffer, ascii: string | undefined, start?: number, end?: number): string {
  return ascii === undefined ? bytes.toString("utf8", start, end) : ascii.slice(start, end);
}

/** What follows the last byte, and stands nowhere else. */
const END = 0x00;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;

/** One text is looked at after the other, and nothing here can be interrupted. */
const desk = Buffer.alloc(65_536);

/** A text's bytes with `END` after them, until the next text; undefined for one with half of a surrogate pair or `END` in it. */
function laid(text: string): Buffer | undefined {
  if (!text.isWellFormed() || text.includes("\0")) return undefined;
  const bytes = text.length * 3 < desk.length ? desk : Buffer.alloc(text.length * 3 + 1);
  bytes[bytes.write(text)] = END;
  return bytes;
}

const LEVELS = 32;
const KEYS = 128;
// Per level: what closes it, and where the keys of its object begin. The keys of all open objects stand one after the
// other, each as a hash: two keys with the same hash make the text not plain, whether they are the same or not.
const closing = new Uint8Array(LEVELS);
const firstKey = new Uint8Array(LEVELS);
const keys = new Int32Array(KEYS);

/** Puts into `members`, for each member of the outermost object, where its key and its value begin and end. */
function scan(bytes: Buffer, members: number[] | undefined): boolean {
  let level = -1;
  let known = 0;
  let at = skipped(bytes, 0);
  for (;;) {
    if (level >= 0 && closing[level] === CLOSE_OBJECT) {
      if (bytes[at] !== QUOTE) return false;
      const begin = ++at;
      let hash = 0;
      for (let byte = bytes[at] as number; byte !== QUOTE; byte = bytes[++at] as number) {
        if (byte < 0x20 || byte === BACKSLASH) return false;
        hash = (Math.imul(hash, 31) + byte) | 0;
      }
      for (let n = firstKey[level] as number; n < known; n++) if (keys[n] === hash) return false;
      if (known === KEYS) return false;
      keys[known++] = hash;
      const end = at;
      at = skipped(bytes, at + 1);
      if (bytes[at] !== COLON) return false;
      at = skipped(bytes, at + 1);
      if (members && level === 0) members.push(begin, end, at);
    }
    const first = bytes[at] as number;
    if (first === OPEN_OBJECT || first === OPEN_ARRAY) {
      const close = first + 2;
      at = skipped(bytes, at + 1);
      if (bytes[at] !== close) {
        if (++level === LEVELS) return false;
        closing[level] = close;
        firstKey[level] = known;
        continue;
      }
      at += 1;
    } else {
      at = first === QUOTE ? afterString(bytes, at + 1) : afterWord(bytes, at, first);
      if (at < 0) return false;
    }
    // A value has ended, and with it perhaps what it stands in.
    for (;;) {
      if (members && level === 0) members.push(at);
      at = skipped(bytes, at);
      const next = bytes[at] as number;
      if (level < 0) return next === END;
      at += 1;
      if (next === COMMA) break;
      if (next !== closing[level]) return false;
      known = firstKey[level] as number;
      level -= 1;
    }
    at = skipped(bytes, at);
  }
}

function skipped(bytes: Buffer, from: number): number {
  let at = from;
  for (let byte = bytes[at]; byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09; ) byte = bytes[++at];
  return at;
}

/** The place after a string whose first byte is at `from`; -1 for what is not certain. */
function afterString(bytes: Buffer, from: number): number {
  let at = from;
  for (;;) {
    const byte = bytes[at++] as number;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) {
      at = afterEscape(bytes, at);
      if (at < 0) return -1;
    } else if (byte < 0x20) return -1; // the end, too
  }
}

function afterEscape(bytes: Buffer, at: number): number {
  const kind = bytes[at] as number;
  if (kind !== 0x75) return kind !== END && '"\\/bfnrt'.includes(String.fromCharCode(kind)) ? at + 1 : -1;
  let unit = 0;
  for (let n = at + 1; n <= at + 4; n++) {
    const byte = bytes[n] as number;
    const letter = byte | 0x20;
    const digit = byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
    if (digit < 0) return -1;
    unit = unit * 16 + digit;
  }
  return unit === 0 || (unit >= 0xd800 && unit <= 0xdfff) ? -1 : at + 5;
}

/** The place after a number of at most 15 digits, true, false or null; -1 for what is not certain. */
function afterWord(bytes: Buffer, from: number, first: number): number {
  if (first === 0x74) return bytes.readUInt32BE(from) === 0x74_72_75_65 ? from + 4 : -1;
  if (first === 0x66) return bytes.readUInt32BE(from + 1) === 0x61_6c_73_65 ? from + 5 : -1;
  if (first === 0x6e) return bytes.readUInt32BE(from) === 0x6e_75_6c_6c ? from + 4 : -1;
  let at = first === 0x2d ? from + 1 : from;
  const begin = at;
  let byte = bytes[at] as number;
  while (byte >= 0x30 && byte <= 0x39) byte = bytes[++at] as number;
  let digits = at - begin;
  if (digits === 0 || (digits > 1 && bytes[begin] === 0x30)) return -1;
  if (byte === 0x2e) {
    const point = at;
    do byte = bytes[++at] as number;
    while (byte >= 0x30 && byte <= 0x39);
    if (at === point + 1) return -1;
    digits += at - point - 1;
  }
  // With an exponent, or more digits, it may be read as another number.
  return digits > 15 || (byte | 0x20) === 0x65 ? -1 : at;
}
