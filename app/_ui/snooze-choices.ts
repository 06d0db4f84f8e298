/** How long a cause can be snoozed with one choice. */
export const snoozeChoices = [
  { value: "1h", label: "one hour from now" },
  { value: "4h", label: "four hours from now" },
  { value: "tomorrow", label: "tomorrow at 09:00 UTC" },
  { value: "monday", label: "Monday at 09:00 UTC" },
  { value: "deploy", label: "the next deploy: a worker of another build" },
  { value: "time", label: "a time of your own" },
] as const;

/** One of them. */
export type SnoozeChoice = (typeof snoozeChoices)[number]["value"];

const HOUR_MS = 3_600_000;

/**
 * What the API is told: an ISO 8601 time, or `next-deploy`. `now` is epoch milliseconds, `own` what a `datetime-local` field
 * holds; undefined while that is no time.
 */
export function snoozeUntil(choice: SnoozeChoice, now: number, own: string): string | undefined {
  switch (choice) {
    case "1h":
      return new Date(now + HOUR_MS).toISOString();
    case "4h":
      return new Date(now + 4 * HOUR_MS).toISOString();
    case "tomorrow":
      return morningIn(now, 1);
    case "monday":
      // Monday is 1; on a Monday the next one is meant.
      return morningIn(now, (8 - new Date(now).getUTCDay()) % 7 || 7);
    case "deploy":
      return "next-deploy";
    case "time":
      return Number.isNaN(Date.parse(`${own}Z`)) ? undefined : new Date(`${own}Z`).toISOString();
  }
}

function morningIn(now: number, days: number): string {
  const day = new Date(now);
  day.setUTCDate(day.getUTCDate() + days);
  day.setUTCHours(9, 0, 0, 0);
  return day.toISOString();
}
