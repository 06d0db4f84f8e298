import pg from "pg";

/**
 * How values come out of the database: int8 as `bigint`, json as its text, timestamptz as ISO 8601 UTC with
 * microseconds, date and numeric as text. Everything else as `pg` does it.
 */
export const typeParsers: pg.CustomTypesConfig = {
  getTypeParser(oid: number, format?: "text" | "binary") {
    const own = format === "binary" ? undefined : PARSERS.get(oid);
    return own ?? pg.types.getTypeParser(oid, format ?? "text");
  },
} as pg.CustomTypesConfig;

/** `2026-11-24 02:01:17.5138+00` → `2026-11-24T02:01:17.513800Z`. What is not of this form (infinity) stays. */
export function isoTime(text: string): string {
  if (!text.endsWith("+00") || text.charCodeAt(10) !== 32) return text;
  const fraction = text.length > 22 ? text.slice(20, -3).padEnd(6, "0") : "000000";
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${fraction}Z`;
}

const asText = (text: string) => text;
const PARSERS = new Map<number, (text: string) => unknown>([
  [20, BigInt],
  [114, asText],
  [1016, bigints],
  [1082, asText],
  [1114, asText],
  [1184, isoTime],
  [1700, asText],
]);

function bigints(text: string): (bigint | null)[] {
  if (text === "{}") return [];
  return text
    .slice(1, -1)
    .split(",")
    .map((item) => (item === "NULL" ? null : BigInt(item)));
}
