"use client";
import { useId, useState } from "react";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import type { SloStatus } from "@/lib/queries/slo-list";

/** Sets objective and target of a consumer; an emptied field goes back to what its code declares. */
export function SetSlo({
  store,
  slo,
}: {
  store: string;
  slo: Pick<SloStatus, "consumer" | "objectiveMs" | "target" | "changedBy">;
}) {
  const id = useId();
  const before = { seconds: String(slo.objectiveMs / 1_000), target: String(Number((slo.target * 100).toFixed(5))) };
  const [seconds, setSeconds] = useState(before.seconds);
  const [target, setTarget] = useState(before.target);
  const body = {
    ...(seconds === before.seconds ? {} : { objectiveMs: seconds === "" ? null : Math.round(Number(seconds) * 1_000) }),
    ...(target === before.target ? {} : { target: target === "" ? null : Number((Number(target) / 100).toFixed(7)) }),
  };
  return (
    <ActSheet
      store={store}
      url={urls.api(store, `/slos/${encodeURIComponent(slo.consumer)}`)}
      label="Set"
      confirm={`Set the objective of ${slo.consumer}`}
      done="Samples are held against it from now on"
      body={body}
      ready={Object.keys(body).length > 0}
      fields={
        <>
          <label htmlFor={`${id}-seconds`}>Objective, in seconds</label>
          <input
            id={`${id}-seconds`}
            type="number"
            className="field"
            {...{ min: 0.001, max: 86_400, step: "any" }}
            placeholder="as declared in code"
            value={seconds}
            onChange={(event) => setSeconds(event.target.value)}
          />
          <label htmlFor={`${id}-target`}>Target, in percent of the time</label>
          <input
            id={`${id}-target`}
            type="number"
            className="field"
            {...{ min: 50, max: 99.999, step: "any" }}
            placeholder="99.9"
            value={target}
            onChange={(event) => setTarget(event.target.value)}
          />
        </>
      }
    >
      Every page and alert goes by it from now on; what was counted before stays as it was counted. An empty field goes
      back to what the code declares.
    </ActSheet>
  );
}
