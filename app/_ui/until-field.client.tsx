"use client";
import { useId } from "react";
import { type SnoozeChoice, snoozeChoices } from "./snooze-choices";

/** What was chosen, and the time that was typed for the choice `time`. */
export type Until = { readonly choice: SnoozeChoice; readonly own: string };

/** Asks until when: a few usual times, or one of one's own. `without` leaves choices out. */
export function UntilField({
  until,
  onChange,
  without = [],
}: {
  until: Until;
  onChange: (until: Until) => void;
  without?: readonly SnoozeChoice[];
}) {
  const id = useId();
  return (
    <>
      <label htmlFor={`${id}-until`}>Until</label>
      <select
        id={`${id}-until`}
        className="field"
        value={until.choice}
        onChange={(event) => onChange({ ...until, choice: event.target.value as SnoozeChoice })}
      >
        {snoozeChoices
          .filter(({ value }) => !without.includes(value))
          .map(({ value, label }) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
      </select>
      {until.choice === "time" ? (
        <>
          <label htmlFor={`${id}-own`}>Time, in UTC</label>
          <input
            id={`${id}-own`}
            type="datetime-local"
            className="field"
            required
            value={until.own}
            onChange={(event) => onChange({ ...until, own: event.target.value })}
          />
        </>
      ) : null}
    </>
  );
}
