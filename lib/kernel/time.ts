/**
 * Microseconds since 1970 of an ISO 8601 time with a zone (`2026-11-24T02:01:17.513805Z`, `…T03:01:17+01:00`).
 * `undefined` for every other text: dates that do not exist, more than six decimals, years outside 0001 to 9999.
 */
export function microseconds(text: string): bigint | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, day = "", time = "", fraction = "", zone = ""] = match;
  const second = Date.parse(`${day}T${time}Z`);
  // Date.parse rolls 31 February over instead of refusing it.
  if (Number.isNaN(second) || !new Date(second).toISOString().startsWith(`${day}T${time}`)) return undefined;
  const zoneMinutes = zone === "Z" ? 0 : Number(zone.slice(1, 3)) * 60 + Number(zone.slice(4, 6));
  if (zoneMinutes > 15 * 60 + 59 || day.startsWith("0000")) return undefined;
  const shift = BigInt(zone.startsWith("-") ? zoneMinutes : -zoneMinutes) * 60_000_000n;
  return BigInt(second) * 1000n + shift + BigInt(fraction.padEnd(6, "0"));
}

/** ISO 8601 UTC with microseconds, the form in which the store gives times back. */
export function isoOfMicroseconds(time: bigint): string {
  const micros = ((time % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const iso = new Date(Number((time - micros) / 1000n)).toISOString();
  return `${iso.slice(0, 19)}.${String(micros).padStart(6, "0")}Z`;
}

const ISO = /^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?(Z|[+-]\d\d:[0-5]\d)$/;
