const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const DAYS = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"];

/** How a time can be written, in words for a person. */
export const TIME_FORMS = "14:02, yesterday 14:02, tuesday 14:02, now-15m, 2026-11-24 or 2026-11-24T14:02:00Z";

/**
 * The ISO time that a text means at `now` (ms), all UTC: `now-15m`; `14:02`, the last time it was that; `yesterday`,
 * `today` or the last day of a name, with or without a time; a date; or ISO itself. Undefined when it is none of these.
 */
export function resolveTime(given: string, now: number): string | undefined {
  const text = given.trim();
  if (text === "now") return new Date(now).toISOString();
  const [, amount, unit] = /^now-(\d{1,6})([smhd])$/.exec(text) ?? [];
  if (amount !== undefined && unit !== undefined) {
    return new Date(now - Number(amount) * (UNITS[unit] ?? 0)).toISOString();
  }
  if (/^\d{1,2}:\d{2}(:\d{2})?$/.test(text)) {
    const today = atTime(dayOf(now), text);
    return today !== undefined && Date.parse(today) > now ? atTime(dayOf(now - DAY_MS), text) : today;
  }
  const [, word, time] = /^([a-z]+)(?: (\d{1,2}:\d{2}(?::\d{2})?))?$/i.exec(text) ?? [];
  const day = word === undefined ? undefined : namedDay(word.toLowerCase(), now);
  if (day !== undefined) return atTime(day, time ?? "00:00");
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return iso(`${text}T00:00:00Z`);
  if (/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text)) {
    const zoned = /(Z|[+-]\d{2}:?\d{2})$/.test(text) ? text : `${text}Z`;
    // Microseconds survive: the exact end of a page must not be cut to the millisecond.
    return /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/.test(zoned) && iso(zoned) ? zoned : iso(zoned.replace(" ", "T"));
  }
  return undefined;
}

const DAY_MS = 86_400_000;

/** The date of today, of yesterday, or of the last day with this name before today. */
function namedDay(word: string, now: number): string | undefined {
  if (word === "today") return dayOf(now);
  if (word === "yesterday") return dayOf(now - DAY_MS);
  const wanted = DAYS.findIndex((name) => name === word || name.slice(0, 3) === word);
  if (wanted === -1) return undefined;
  return dayOf(now - (((new Date(now).getUTCDay() - wanted + 6) % 7) + 1) * DAY_MS);
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function atTime(day: string, time: string): string | undefined {
  return iso(`${day}T${time.replace(/^(\d):/, "0$1:")}Z`);
}

function iso(text: string): string | undefined {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : new Date(ms).toISOString();
}
