import { Facts } from "@/app/_ui/facts";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { LegalHold } from "@/lib/shred/legal-hold";
import { PersonAct } from "./person-act";

/** The legal hold that stands on a person, and setting or releasing one. */
export function Hold({ store, digest, hold }: { store: string; digest: string; hold: LegalHold | null }) {
  if (hold === null) {
    return (
      <div className="flex flex-wrap items-center gap-3 px-4 pb-3">
        <span className="text-muted">None stands.</span>
        <PersonAct
          store={store}
          digest={digest}
          path="hold"
          act="set-legal-hold"
          label="Set a legal hold"
          confirm="Set a legal hold"
          done="A legal hold stands"
        >
          Nothing of this person is erased until it is released: no request is approved, and an approved one does not
          begin, or stops before anything is destroyed. It comes too late once keys are being destroyed, and says so.
        </PersonAct>
      </div>
    );
  }
  return (
    <div className="pb-3">
      <Facts
        facts={[
          ["since", <TimeCell key="since" at={hold.setAt} year />],
          ["set by", hold.setBy],
          ["ticket", hold.ticket],
          ["because", hold.reason],
        ]}
      />
      <div className="px-4 pt-2">
        <PersonAct
          store={store}
          digest={digest}
          path="release"
          act="release-legal-hold"
          label="Release it"
          confirm="Release the legal hold"
          done="The legal hold is released"
        >
          From then on a request about this person can be approved, and one that was approved begins when its
          cooling-off time is over.
        </PersonAct>
      </div>
    </div>
  );
}
