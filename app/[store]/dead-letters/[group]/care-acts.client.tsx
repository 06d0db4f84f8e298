"use client";
import { useId, useState } from "react";
import { urls } from "@/app/_lib/urls";
import { ActButton } from "@/app/_ui/act-button.client";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import type { LetterCare } from "@/lib/queries/letter-care";
import { type SnoozeChoice, snoozeChoices, snoozeUntil } from "./snooze-choices";

/** Whose a cause is, and until when nobody wants to hear of it. */
export function CareActs({
  store,
  group,
  care,
  now,
  operator,
}: {
  store: string;
  group: string;
  care: LetterCare;
  now: number;
  operator: string;
}) {
  const url = (act: string) => urls.api(store, `/dead-letters/groups/${group}/${act}`);
  return (
    <>
      {care.snoozed ? (
        <ActButton url={url("wake")} label="Wake" done="It is told of again" icon="play" keys="z" />
      ) : (
        <Snooze store={store} url={url("snooze")} now={now} />
      )}
      <Assign store={store} url={url("assign")} assignee={care.assignee} operator={operator} />
    </>
  );
}

function Snooze({ store, url, now }: { store: string; url: string; now: number }) {
  const id = useId();
  const [choice, setChoice] = useState<SnoozeChoice>("1h");
  const [own, setOwn] = useState("");
  const until = snoozeUntil(choice, now, own);
  return (
    <ActSheet
      store={store}
      url={url}
      label="Snooze"
      confirm="Snooze this cause"
      done="Snoozed"
      keys="z"
      body={{ until }}
      ready={until !== undefined}
      fields={
        <>
          <label htmlFor={`${id}-until`}>Until</label>
          <select
            id={`${id}-until`}
            className="field"
            value={choice}
            onChange={(event) => setChoice(event.target.value as SnoozeChoice)}
          >
            {snoozeChoices.map(({ value, label }) => (
              <option key={value} value={value}>
                {label}
              </option>
            ))}
          </select>
          {choice === "time" ? (
            <>
              <label htmlFor={`${id}-own`}>Time, in UTC</label>
              <input
                id={`${id}-own`}
                type="datetime-local"
                className="field"
                required
                value={own}
                onChange={(event) => setOwn(event.target.value)}
              />
            </>
          ) : null}
        </>
      }
    >
      It leaves the list of what needs attention until then. Its streams wait as before, and it can be retried at any
      time.
    </ActSheet>
  );
}

function Assign({
  store,
  url,
  assignee,
  operator,
}: {
  store: string;
  url: string;
  assignee: string | null;
  operator: string;
}) {
  const id = useId();
  const [name, setName] = useState(assignee ?? operator);
  const to = name.trim();
  return (
    <ActSheet
      store={store}
      url={url}
      label={assignee === null ? "Assign" : "Assign anew"}
      confirm={to === "" ? "Assign to nobody" : `Assign to ${to}`}
      done={to === "" ? "Assigned to nobody" : `Assigned to ${to}`}
      keys="a"
      body={{ assignee: to }}
      fields={
        <>
          <label htmlFor={`${id}-name`}>Whose it is; empty: nobody's</label>
          <input
            id={`${id}-name`}
            className="field"
            maxLength={100}
            value={name}
            onChange={(event) => setName(event.target.value)}
          />
        </>
      }
    >
      The name stands beside this cause until the last of its events of now is retried or skipped.
    </ActSheet>
  );
}
