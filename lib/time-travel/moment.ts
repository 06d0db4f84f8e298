const iso = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2})?)(?:\.(\d{1,9}))?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Microseconds since 1970 of an ISO 8601 time with a time zone, as exact as the log records them; `undefined` when the
 * text is not one. A `Date` alone would lose the last three digits, and with them the order of two events.
 */
export function toMicroseconds(text: string): bigint | undefined {
  const [, time, fraction = "", zone] = text.match(iso) ?? [];
  if (time === undefined || zone === undefined) return undefined;
  const ms = Date.parse(`${time}${zone}`);
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1000n + BigInt(fraction.padEnd(6, "0").slice(0, 6));
}
