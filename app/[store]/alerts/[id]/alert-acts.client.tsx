"use client";
import { useState } from "react";
import { urls } from "@/app/_lib/urls";
import { ActButton } from "@/app/_ui/act-button.client";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { snoozeUntil } from "@/app/_ui/snooze-choices";
import { type Until, UntilField } from "@/app/_ui/until-field.client";
import type { AlertRow } from "@/lib/queries/list-alerts";

/** Taking an alert up, and keeping it quiet for a while. */
export function AlertActs({
  store,
  alert,
  silenced,
  now,
}: {
  store: string;
  alert: Pick<AlertRow, "id" | "state">;
  silenced: boolean;
  now: number;
}) {
  const [chosen, setChosen] = useState<Until>({ choice: "1h", own: "" });
  const until = snoozeUntil(chosen.choice, now, chosen.own);
  const url = (act: string) => urls.api(store, `/alerts/${alert.id}/${act}`);
  return (
    <>
      {alert.state === "firing" ? (
        <ActButton
          url={url("acknowledge")}
          label="Acknowledge"
          means="Says that you have it. It stays open until it is over."
          done="Acknowledged"
          icon="check"
          keys="a"
          primary
        />
      ) : null}
      {silenced ? (
        <ActButton
          url={url("unsilence")}
          label="End the silence"
          means="Channels are told again of what still hurts."
          done="The silence is over"
          icon="play"
          keys="z"
        />
      ) : alert.state === "resolved" ? null : (
        <ActSheet
          store={store}
          url={url("silence")}
          label="Silence"
          confirm="Silence this cause"
          done="Silenced"
          keys="z"
          needsReason
          body={{ until }}
          ready={until !== undefined}
          fields={<UntilField until={chosen} onChange={setChosen} without={["deploy"]} />}
        >
          Nobody is told of this cause until then, not even when it goes away and comes back. It stays on this page, and
          when the time is over and it still hurts, it fires.
        </ActSheet>
      )}
    </>
  );
}
