import { urls } from "@/app/_lib/urls";
import { ActButton } from "@/app/_ui/act-button.client";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { hasEnded, type RunRow } from "@/lib/queries/list-runs";

/** What may be pressed now: pause, resume and cancel for all, and what the run's kind offers in its state. */
export function RunActs({ store, run }: { store: string; run: RunRow }) {
  const name = `R-${run.id}`;
  const url = (act: string) => urls.api(store, `/runs/${run.id}/${act}`);
  const goesOn = ["waiting", "running", "awaiting-decision"].includes(run.state);
  const stands = run.state === "paused" || run.state === "failed";
  return (
    <>
      {run.state === "awaiting-decision" && run.offers.includes("promote") ? (
        <ActSheet
          store={store}
          url={url("promote")}
          label="Promote"
          confirm={`Promote ${name}`}
          done={`Promoted ${name}`}
          primary
        >
          {run.detail ?? "Puts in place what this run has made."}
        </ActSheet>
      ) : null}
      {run.state === "succeeded" && run.offers.includes("revert") ? (
        <ActSheet
          store={store}
          url={url("revert")}
          label="Revert"
          confirm={`Revert ${name}`}
          done={`Reverted ${name}`}
          danger
        >
          Puts back what was there before this run.
        </ActSheet>
      ) : null}
      {goesOn ? <ActButton url={url("pause")} label="Pause" done={`Paused ${name}`} icon="pause" keys="p" /> : null}
      {stands ? (
        <ActButton url={url("resume")} label="Resume" done={`Resumed ${name}`} icon="play" keys="r" primary />
      ) : null}
      {hasEnded(run) && run.state !== "failed" ? null : (
        <ActSheet
          store={store}
          url={url("cancel")}
          label="Cancel"
          confirm={`Cancel ${name}`}
          done={`Cancelled ${name}`}
          danger
        >
          Ends the run and takes back what it has made so far. It cannot go on afterwards.
        </ActSheet>
      )}
    </>
  );
}
