"use client";
import { useId, useState } from "react";
import { urls } from "@/app/_lib/urls";
import { ActButton } from "@/app/_ui/act-button.client";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { snoozeUntil } from "@/app/_ui/snooze-choices";
import { type Until, UntilField } from "@/app/_ui/until-field.client";
import type { LetterCare } from "@/lib/queries/letter-care";

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
        <ActButton
          url={url("wake")}
          label="Wake"
          means="Ends the snooze: it needs attention again."
          done="It is told of again"
          icon="play"
          keys="z"
        />
      ) : (
        <Snooze store={store} url={url("snooze")} now={now} />
      )}
      <Assign store={store} url={url("assign")} assignee={care.assignee} operator={operator} />
    </>
  );
}

function Snooze({ store, url, now }: { store: string; url: string; now: number }) {
  const [chosen, setChosen] = useState<Until>({ choice: "1h", own: "" });
  const until = snoozeUntil(chosen.choice, now, chosen.own);
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
      fields={<UntilField until={chosen} onChange={setChosen} />}
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
