/** A place in a JSON value: the keys and indexes that lead to it from the outside in. */
export type JsonSegments = readonly (string | number)[];

/**
 * The text of a place: `lines[0].sku`; keys that are no plain words are quoted, `reservations["o 1"]`, so that every
 * path can be read back. The value itself is the empty text.
 */
export function pathText(segments: JsonSegments): string {
  return segments.reduce<string>(joinPath, "");
}

/** The path of a member of an object or array. */
export function joinPath(parent: string, key: string | number): string {
  if (typeof key === "number") return `${parent}[${key}]`;
  // A `$` by itself stands for the whole value.
  if (!PLAIN.test(key) || key === "$") return `${parent}[${JSON.stringify(key)}]`;
  return parent === "" ? key : `${parent}.${key}`;
}

/** Reads a path; `undefined` for text that is none. A leading `$` or `$.` is allowed. */
export function parsePath(text: string): JsonSegments | undefined {
  const segments: (string | number)[] = [];
  let rest = text.replace(/^\$(?:\.(?=.)|(?=\[)|$)/u, "");
  for (let first = true; rest !== ""; first = false) {
    const found = (first ? FIRST : NEXT).exec(rest);
    if (!found) return undefined;
    const [whole, word, index, quoted] = found;
    if (word !== undefined) segments.push(word);
    else if (index !== undefined) segments.push(Number(index));
    else {
      try {
        segments.push(JSON.parse(quoted ?? "") as string);
      } catch {
        return undefined;
      }
    }
    rest = rest.slice(whole.length);
  }
  return segments;
}

/** The value at a place; `undefined` where there is none. Only a value's own members count, and an array's `length`. */
export function valueAt(value: unknown, segments: JsonSegments): unknown {
  let at = value;
  for (const segment of segments) {
    if (typeof at !== "object" || at === null) return undefined;
    if (segment === "length" && Array.isArray(at)) at = at.length;
    else if (Object.hasOwn(at, segment)) at = (at as Record<string | number, unknown>)[segment];
    else return undefined;
  }
  return at;
}

const WORD = "[\\p{L}_$][\\p{L}\\p{N}_$-]*";
const PLAIN = new RegExp(`^${WORD}$`, "u");
const BRACKET = '\\[(?:(0|[1-9]\\d{0,14})|("(?:[^"\\\\]|\\\\.)*"))\\]';
const FIRST = new RegExp(`^(?:(${WORD})|${BRACKET})`, "u");
const NEXT = new RegExp(`^(?:\\.(${WORD})|${BRACKET})`, "u");
