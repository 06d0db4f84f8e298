/**
 * Microseconds since 1970 of an ISO 8601 time with a zone (`2026-11-24T02:01:17.513805Z`, `…T03:01:17+01:00`).
 * `undefined` for every other text: dates that do not exist, more than six decimals, years outside 0001 to 9999.
 */
export function microseconds(text: string): bigint | undefined {
  if (!ISO.test(text)) return undefined;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  const second = digits(text, 17, 19);
  const zoneAt = text.endsWith("Z") ? text.length - 1 : text.length - 6;
  const zoneMinutes = text.endsWith("Z")
    ? 0
    : digits(text, zoneAt + 1, zoneAt + 3) * 60 + digits(text, zoneAt + 4, text.length);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysOf(year, month)) return undefined;
  if (hour > 23 || minute > 59 || second > 59 || zoneMinutes > 15 * 60 + 59) return undefined;
  // Date.UTC takes the years up to 99 for 1900 to 1999; the calendar repeats after 400 years.
  const utc = Date.UTC(year + 400, month - 1, day, hour, minute, second) - FOUR_CENTURIES_MS;
  const shift = (text[zoneAt] === "-" ? zoneMinutes : -zoneMinutes) * 60_000;
  return BigInt(utc + shift) * 1000n + BigInt(zoneAt > 19 ? text.slice(20, zoneAt).padEnd(6, "0") : 0);
}

function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + text.charCodeAt(at) - 0x30;
  return value;
}

function daysOf(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

const FOUR_CENTURIES_MS = 146_097 * 86_400_000;

/** ISO 8601 UTC with microseconds, the form in which the store gives times back. */
export function isoOfMicroseconds(time: bigint): string {
  const micros = ((time % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const iso = new Date(Number((time - micros) / 1000n)).toISOString();
  return `${iso.slice(0, 19)}.${String(micros).padStart(6, "0")}Z`;
}

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:[0-5]\d)$/;
