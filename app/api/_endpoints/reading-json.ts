import { jsonArray, jsonObject } from "@/lib/kernel/json";
import type { EventPage } from "@/lib/queries/event-page";
import { maskPaths } from "@/lib/time-travel/mask-state";

type Reading = EventPage["reading"];
type Form = Extract<Reading, { status: "decoded" }>["forms"][number];

/** How the code reads an event, without the personal data that was opened to read it. */
export function maskedReading(reading: Reading): Reading {
  if (!("steps" in reading)) return reading;
  const form = (shown: Form): Form => ({
    ...shown,
    data: JSON.stringify(maskPaths(JSON.parse(shown.data), shown.personal), null, 2),
  });
  const steps = reading.steps.map(({ before, after }) => ({ before: form(before), after: after.map(form) }));
  return reading.status === "decoded" ? { ...reading, steps, forms: reading.forms.map(form) } : { ...reading, steps };
}

/** How the code reads an event, as JSON text; payloads in it are JSON, not text of JSON. */
export function readingJson(reading: Reading): string {
  const { forms, steps, ...about } = { forms: [], steps: [], ...reading };
  return jsonObject({
    ...stringified(about),
    forms: jsonArray(forms.map(formJson)),
    steps: jsonArray(
      steps.map(({ before, after }) => jsonObject({ before: formJson(before), after: jsonArray(after.map(formJson)) })),
    ),
  });
}

/** Each member as JSON text, to be put together with members that are JSON text already. */
export function stringified(members: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(Object.entries(members).map(([key, value]) => [key, JSON.stringify(value)]));
}

function formJson({ data, ...form }: Form): string {
  return jsonObject({ ...stringified(form), data });
}
