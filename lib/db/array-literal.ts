/** An array literal of numbers, UUIDs and nulls, which need no quotes. */
export function plainArray(items: readonly (number | string | null)[]): string {
  return `{${items.map((item) => item ?? "NULL").join(",")}}`;
}

/** An array literal of texts; null when there is none, which our functions read as nulls throughout. */
export function textArray(items: readonly (string | null | undefined)[]): string | null {
  if (items.every((item) => item == null)) return null;
  return `{${items.map(quoted).join(",")}}`;
}

/** Most texts need no escape, and to look for one is cheaper than to replace. */
function quoted(item: string | null | undefined): string {
  if (item == null) return "NULL";
  return /["\\]/.test(item) ? `"${item.replace(/["\\]/g, "\\$&")}"` : `"${item}"`;
}
