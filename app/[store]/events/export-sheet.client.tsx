"use client";
import { useId, useState } from "react";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import type { EventFilterText } from "./event-filter";

/** Begins a run that writes what the filter shows into a file, and leads to the run. */
export function ExportSheet({
  store,
  filter,
  mayReveal,
}: {
  store: string;
  /** With its times as ISO. */
  filter: EventFilterText;
  mayReveal: boolean;
}) {
  const id = useId();
  const [format, setFormat] = useState("jsonl");
  const [reveal, setReveal] = useState(false);
  return (
    <ActSheet
      store={store}
      url={urls.api(store, "/exports")}
      label="Export"
      confirm="Export events"
      done="The export has begun"
      next={(answer) => urls.run(store, (answer as { run: { id: string } }).run.id)}
      needsReason={reveal}
      body={{ filter, format, reveal }}
      fields={
        <>
          <label htmlFor={`${id}-format`}>Form</label>
          <select
            id={`${id}-format`}
            className="field"
            value={format}
            onChange={(event) => setFormat(event.target.value)}
          >
            <option value="jsonl">JSON Lines: CloudEvents that an import takes back</option>
            <option value="csv">CSV: a table for other programs</option>
          </select>
          {mayReveal ? (
            <label className="flex items-center gap-2">
              <input type="checkbox" checked={reveal} onChange={(event) => setReveal(event.target.checked)} />
              Personal fields as they are (needs a reason)
            </label>
          ) : null}
        </>
      }
    >
      Writes all events of the present filter, up to now, into a file that is kept for seven days. It is a run: it goes
      on when this tab is closed{reveal ? "" : "; personal fields are masked"}.
    </ActSheet>
  );
}
