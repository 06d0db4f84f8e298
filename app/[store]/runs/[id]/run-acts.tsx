import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { hasEnded, type RunRow } from "@/lib/queries/list-runs";
import { ThrottleSheet } from "./throttle-sheet.client";

/** What cancelling does, where it is not what it does to most. */
const cancelling: Readonly<Record<string, string>> = {
  import: "Ends the import. What is stored stays; the rest is not.",
  "preview-shred":
    "Ends the search. Nothing is erased: the request stays open without a preview, so it is refused, and made again.",
  "export-person": "Ends the run, and removes what it has written so far. It cannot go on afterwards.",
  shred:
    "Before keys are destroyed nothing is, and the request is void. Behind that there is only forward: it stops where it is, and the request is approved once more to go on.",
};

/** What may be done now, and why: pause, resume and cancel for all, and for operators what the run's kind offers in its state. */
export function RunActs({ store, run, operates = true }: { store: string; run: RunRow; operates?: boolean }) {
  const offers = operates ? run.offers : [];
  const name = `R-${run.id}`;
  const url = (act: string) => urls.api(store, `/runs/${run.id}/${act}`);
  const goesOn = ["waiting", "running", "awaiting-decision"].includes(run.state);
  const stands = run.state === "paused" || run.state === "failed";
  return (
    <>
      {run.state === "awaiting-decision" && offers.includes("promote") ? (
        <ActSheet
          store={store}
          url={url("promote")}
          act="promote-run"
          label="Promote"
          confirm={`Promote ${name}`}
          done={`Promoted ${name}`}
          primary
        >
          {run.detail ?? "Puts in place what this run has made."}
        </ActSheet>
      ) : null}
      {run.state === "succeeded" && offers.includes("revert") ? (
        <ActSheet
          store={store}
          url={url("revert")}
          act="revert-run"
          label="Revert"
          confirm={`Revert ${name}`}
          done={`Reverted ${name}`}
          danger
        >
          Puts back what was there before this run.
        </ActSheet>
      ) : null}
      {goesOn ? (
        <ActSheet
          store={store}
          url={url("pause")}
          label="Pause"
          confirm={`Pause ${name}`}
          done={`Paused ${name}`}
          keys="p"
        >
          {run.kind === "import"
            ? "The part under way is stored first. Whoever sends the file waits until the import is resumed."
            : "It stops at its checkpoint, and goes on from there when it is resumed."}
        </ActSheet>
      ) : null}
      {stands ? (
        <ActSheet
          store={store}
          url={url("resume")}
          label="Resume"
          confirm={`Resume ${name}`}
          done={`Resumed ${name}`}
          keys="r"
          primary
        >
          {run.kind === "import"
            ? "It goes on as soon as its file is sent: by a sender that waits, or when it is imported again."
            : "It goes on from its checkpoint."}
        </ActSheet>
      ) : null}
      {offers.includes("throttle") && (goesOn || run.state === "paused") ? (
        <ThrottleSheet store={store} url={url("throttle")} name={name} unit={run.unit} throttle={run.throttle} />
      ) : null}
      {hasEnded(run) && run.state !== "failed" ? null : (
        <ActSheet
          store={store}
          url={url("cancel")}
          act="cancel-run"
          label="Cancel"
          confirm={`Cancel ${name}`}
          done={`Cancelled ${name}`}
          danger
        >
          {cancelling[run.kind] ?? "Ends the run and takes back what it has made so far. It cannot go on afterwards."}
        </ActSheet>
      )}
    </>
  );
}
