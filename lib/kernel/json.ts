import { PayloadRefused } from "@/lib/kernel/errors";
import { limits } from "@/lib/kernel/limits";
import { isPlainJson } from "@/lib/kernel/plain-json";
import { pathAt, skipSpace } from "@/lib/kernel/raw-json";

export {
  elementsOf,
  jsonArray,
  jsonObject,
  membersOf,
  type PathTree,
  pathTree,
  type Span,
  spanOf,
  spansIn,
  spansOf,
} from "@/lib/kernel/raw-json";

/** Why a text is refused; each word is part of the API. */
type JsonFault =
  | "invalid-json"
  | "number-not-exact"
  | "nul-character"
  | "lone-surrogate"
  | "duplicate-key"
  | "too-deep";

/**
 * Accepts a text that every JSON reader sees the same way and that PostgreSQL keeps as it is. Throws `PayloadRefused`
 * with a reason and the path (`$.items[2].price`) for: broken JSON; numbers that are another value once parsed
 * (`9007199254740993`, `1e400`; `1.0` is fine); `\u0000`; half a surrogate pair, escaped or raw; a key that occurs
 * twice in one object; more than 128 levels. One pass, no copies for clean text.
 */
export function checkJson(text: string): void {
  if (isPlainJson(text)) return;
  source = text;
  fault = undefined;
  const end = space(value(space(0), 1));
  if (fault === undefined && end !== text.length) fail("invalid-json", end);
  const found = fault as { reason: JsonFault; at: number } | undefined;
  source = "";
  if (found) throw new PayloadRefused(found.reason, pathAt(text, found.at), MESSAGES[found.reason]);
}

const MESSAGES: Readonly<Record<JsonFault, string>> = {
  "invalid-json": "The text is not JSON (RFC 8259). Send it as JSON.stringify would write it.",
  "number-not-exact": "A number would change its value when it is read. Send it as a string.",
  "nul-character": "A string holds U+0000, which PostgreSQL cannot keep. Encode such bytes, for example as base64.",
  "lone-surrogate": "A string holds half of a surrogate pair, which is no character. Send whole characters.",
  "duplicate-key": "An object has the same key twice, and readers would disagree on its value. Send each key once.",
  "too-deep": `The value is nested deeper than ${limits.payloadDepth} levels. Flatten it.`,
};

// The scanner. Each function takes the place where its part starts and returns the place after it, or -1 after a fault.
// The text and the fault stand outside so that the hot path allocates nothing; nothing here can be interrupted.
let source = "";
let fault: { reason: JsonFault; at: number } | undefined;

function fail(reason: JsonFault, at: number): -1 {
  fault ??= { reason, at: at < 0 ? source.length : at };
  return -1;
}

function space(at: number): number {
  return at < 0 ? at : skipSpace(source, at);
}

function value(at: number, depth: number): number {
  if (at < 0) return at;
  switch (source.charCodeAt(at)) {
    case 0x7b:
      return depth > limits.payloadDepth ? fail("too-deep", at) : object(at, depth);
    case 0x5b:
      return depth > limits.payloadDepth ? fail("too-deep", at) : array(at, depth);
    case 0x22:
      return string(at);
    case 0x74:
      return source.startsWith("true", at) ? at + 4 : fail("invalid-json", at);
    case 0x66:
      return source.startsWith("false", at) ? at + 5 : fail("invalid-json", at);
    case 0x6e:
      return source.startsWith("null", at) ? at + 4 : fail("invalid-json", at);
    default:
      return number(at);
  }
}

function object(open: number, depth: number): number {
  let at = space(open + 1);
  if (source.charCodeAt(at) === 0x7d) return at + 1;
  const seen: string[] = [];
  let many: Set<string> | undefined;
  for (;;) {
    const start = at;
    if (source.charCodeAt(at) !== 0x22) return fail("invalid-json", at);
    at = string(at);
    if (at < 0) return at;
    const raw = source.slice(start + 1, at - 1);
    const key = raw.includes("\\") ? String(JSON.parse(`"${raw}"`)) : raw;
    if (many ? many.has(key) : seen.includes(key)) return fail("duplicate-key", start);
    if (many) many.add(key);
    else if (seen.push(key) > 16) many = new Set(seen);
    at = space(at);
    if (source.charCodeAt(at) !== 0x3a) return fail("invalid-json", at);
    at = space(value(space(at + 1), depth + 1));
    if (at < 0) return at;
    const next = source.charCodeAt(at);
    if (next === 0x7d) return at + 1;
    if (next !== 0x2c) return fail("invalid-json", at);
    at = space(at + 1);
  }
}

function array(open: number, depth: number): number {
  let at = space(open + 1);
  if (source.charCodeAt(at) === 0x5d) return at + 1;
  for (;;) {
    at = space(value(at, depth + 1));
    if (at < 0) return at;
    const next = source.charCodeAt(at);
    if (next === 0x5d) return at + 1;
    if (next !== 0x2c) return fail("invalid-json", at);
    at = space(at + 1);
  }
}

function string(open: number): number {
  let at = open + 1;
  for (;;) {
    const code = source.charCodeAt(at);
    if (code === 0x22) return at + 1;
    if (code === 0x5c) {
      at = escaped(at);
      if (at < 0) return at;
    } else if (code >= 0xd800 && code <= 0xdfff) {
      const low = source.charCodeAt(at + 1);
      if (code > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) return fail("lone-surrogate", at);
      at += 2;
    } else if (code >= 0x20) at += 1;
    else return fail("invalid-json", at); // control characters, and NaN at the end of the text
  }
}

function escaped(at: number): number {
  const kind = source[at + 1];
  if (kind !== "u") return kind !== undefined && '"\\/bfnrt'.includes(kind) ? at + 2 : fail("invalid-json", at);
  const unit = hex4(at + 2);
  if (unit === undefined) return fail("invalid-json", at);
  if (unit === 0) return fail("nul-character", at);
  if (unit < 0xd800 || unit > 0xdfff) return at + 6;
  const low = source.startsWith("\\u", at + 6) ? hex4(at + 8) : undefined;
  if (unit > 0xdbff || low === undefined || low < 0xdc00 || low > 0xdfff) return fail("lone-surrogate", at);
  return at + 12;
}

function hex4(at: number): number | undefined {
  const digits = source.slice(at, at + 4);
  return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : undefined;
}

function number(start: number): number {
  NUMBER.lastIndex = start;
  if (!NUMBER.test(source)) return fail("invalid-json", start);
  const end = NUMBER.lastIndex;
  // Up to 15 digits without an exponent always survive; sign and point make 17 characters.
  if (end - start <= 15) {
    let plain = true;
    for (let at = start; at < end; at++) if ((source.charCodeAt(at) | 0x20) === 0x65) plain = false;
    if (plain) return end;
  }
  return isExact(source.slice(start, end)) ? end : fail("number-not-exact", start);
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;

/** Whether the shortest decimal that names the parsed number is the decimal that was written. */
function isExact(literal: string): boolean {
  const parsed = Number(literal);
  return Number.isFinite(parsed) && decimal(literal) === decimal(String(parsed));
}

/** A decimal as its digits without zeros at either end, and the power of ten of the last one. */
function decimal(literal: string): string {
  const [mantissa = "", exponent = "0"] = literal.toLowerCase().replace(/^-/, "").split("e");
  const [whole = "", fraction = ""] = mantissa.split(".");
  const digits = (whole + fraction).replace(/^0+/, "");
  let last = digits.length;
  while (last > 0 && digits.charCodeAt(last - 1) === 0x30) last -= 1;
  if (last === 0) return "0";
  return `${digits.slice(0, last)}e${BigInt(exponent) - BigInt(fraction.length) + BigInt(digits.length - last)}`;
}
