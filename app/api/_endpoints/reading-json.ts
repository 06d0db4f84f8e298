import { jsonArray, jsonObject } from "@/lib/kernel/json";
import type { EventPage } from "@/lib/queries/event-page";

type Reading = EventPage["reading"];
type Form = Extract<Reading, { status: "decoded" }>["forms"][number];

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
