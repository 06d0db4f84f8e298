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

/**
 * The same of a binary timestamptz in hexadecimal: microseconds since 2000, which are exact here from the year 1714 to 2285.
 * Folds ask for the time of every event, and most lie within the second of the one before.
 */
export function isoOfMicroseconds(hex: string): string {
  if (hex === "7fffffffffffffff") return "infinity";
  if (hex === "8000000000000000") return "-infinity";
  const microseconds = (Number.parseInt(hex.slice(0, 8), 16) | 0) * 2 ** 32 + Number.parseInt(hex.slice(8), 16);
  const second = Math.floor(microseconds / 1e6);
  if (second !== lastSecond.second) {
    lastSecond = { second, iso: new Date((second + SECONDS_TO_2000) * 1e3).toISOString().slice(0, 19) };
  }
  return `${lastSecond.iso}.${String(microseconds - second * 1e6).padStart(6, "0")}Z`;
}

const SECONDS_TO_2000 = 946_684_800;
let lastSecond = { second: Number.NaN, iso: "" };

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
