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
  const [audit, setAudit] = useState(false);
  const names = ["stream", "streamPart", "category", "type"] as const;
  const named = names.some((name) => filter[name] !== undefined);
  return (
    <ActSheet
      store={store}
      url={urls.api(store, "/exports")}
      label="Export"
      confirm="Export events"
      done="The export has begun"
      next={(answer) => urls.run(store, (answer as { run: { id: string } }).run.id)}
      needsReason={reveal}
      body={{ filter, format, reveal, ...(named ? {} : { audit }) }}
      fields={
        <>
          <label htmlFor={`${id}-format`}>Form</label>
          <select
            id={`${id}-format`}
            className="field"
            value={format}
            onChange={(event) => setFormat(event.target.value)}
          >
            <option value="jsonl">JSON Lines, to import again</option>
            <option value="csv">CSV, for other programs</option>
          </select>
          {named ? null : (
            <label className="flex items-center gap-2">
              <input type="checkbox" checked={audit} onChange={(event) => setAudit(event.target.checked)} />
              With the audit of this store (to verify the file; an import refuses it)
            </label>
          )}
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
