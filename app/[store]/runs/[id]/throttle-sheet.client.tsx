"use client";
import { useId, useState } from "react";
import { ActSheet } from "@/app/_ui/act-sheet.client";

/** Slows a run down to so many units a second, or lets it go as fast as it can. */
export function ThrottleSheet({
  store,
  url,
  name,
  unit,
  throttle,
}: {
  store: string;
  url: string;
  name: string;
  unit: string;
  throttle: number | null;
}) {
  const id = useId();
  const [limit, setLimit] = useState(String(throttle ?? ""));
  return (
    <ActSheet
      store={store}
      url={url}
      label="Throttle"
      confirm={limit === "" && throttle !== null ? `Lift the throttle of ${name}` : `Throttle ${name}`}
      ready={limit !== "" || throttle !== null}
      done={limit === "" ? `${name} goes as fast as it can` : `Throttled ${name} to ${limit} ${unit} a second`}
      body={{ perSecond: limit === "" ? null : Number(limit) }}
      fields={
        <>
          <label htmlFor={id}>
            At most so many {unit} a second{throttle === null ? "" : "; empty for no limit"}
          </label>
          <input
            id={id}
            className="field"
            type="number"
            inputMode="decimal"
            min={1}
            max={10_000_000}
            step="any"
            value={limit}
            onChange={(event) => setLimit(event.target.value)}
          />
        </>
      }
    >
      Leaves room for others. It counts from the next step on, and can be lifted at any time.
    </ActSheet>
  );
}
