/**
 * A text as it may stand on a terminal: control characters, line breaks, and marks that reorder or hide text are written
 * as escapes, so that what came from a log can neither move the cursor nor pretend to be something else.
 */
export function printable(value: unknown): string {
  return String(value).replace(UNSAFE, escaped);
}

/** The same for JSON text of several lines: line breaks and tabs between its tokens stay. */
export function printableJson(text: string): string {
  return text.replace(UNSAFE, (char) => (char === "\n" || char === "\t" ? char : escaped(char)));
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  if (code === 0x0a) return "\\n";
  if (code === 0x0d) return "\\r";
  if (code === 0x09) return "\\t";
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, "0")}`;
}

const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
