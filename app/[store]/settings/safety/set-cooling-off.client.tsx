"use client";
import { useState } from "react";
import { urls } from "@/app/_lib/urls";
import { Field } from "@/app/_ui/act-fields.client";
import { ActSheet } from "@/app/_ui/act-sheet.client";

/** Sets for how long every request to forget a person can at least be withdrawn after its approval. */
export function SetCoolingOff({ store, minutes }: { store: string; minutes: number }) {
  const [asked, setAsked] = useState(String(minutes));
  return (
    <ActSheet
      store={store}
      url={urls.api(store, "/cooling-off")}
      act="set-cooling-off"
      label="Set"
      confirm="Set the cooling-off time"
      done="New requests go by it"
      needsReason
      body={{ minutes: Number(asked) }}
      ready={asked.trim() !== "" && Number(asked) !== minutes}
      fields={
        <Field
          label="Minutes, 1,440 at most"
          type="number"
          className="w-28"
          min={0}
          max={1440}
          step={1}
          required
          value={asked}
          onChange={(event) => setAsked(event.target.value)}
        />
      }
    >
      A new request may ask for more, and not for less. Requests that were made keep theirs.
    </ActSheet>
  );
}
