/**
 * The text form of a PostgreSQL array. `text` escapes and quotes; the others write numbers, booleans and times, which
 * need neither. A row model writes ten thousand rows in one statement this way, one array a column.
 */
export function sqlArray(values: readonly unknown[], type: string): string {
  const write = type === "text" ? quoted : type === "json" ? quotedJson : plain;
  let text = "{";
  for (let index = 0; index < values.length; index++) {
    if (index > 0) text += ",";
    const value = values[index];
    text += value === null || value === undefined ? (type === "json" ? quotedJson(null) : "NULL") : write(value);
  }
  return `${text}}`;
}

function plain(value: unknown): string {
  return typeof value === "string" ? quoted(value) : String(value);
}

function quotedJson(value: unknown): string {
  return quoted(JSON.stringify(value));
}

function quoted(value: unknown): string {
  const text = String(value);
  return SPECIAL.test(text) ? `"${text.replace(/["\\]/g, "\\$&")}"` : `"${text}"`;
}

const SPECIAL = /["\\]/;
