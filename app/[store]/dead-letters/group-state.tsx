import { Sparkline } from "@/app/_ui/sparkline";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { DeadLetterGroup } from "@/lib/queries/dead-letter-groups";
import type { Arrivals } from "@/lib/queries/letter-arrivals";

/** What a group is up to, worst first: parked until somebody acts, or still tried by itself, or already ordered, or snoozed. */
export function GroupState({ group }: { group: DeadLetterGroup }) {
  if (group.ordered > 0 || group.draining > 0) return <StatusPill status="run">{group.ordered} ordered</StatusPill>;
  if (group.snoozed) return <StatusPill status="idle">{group.count} snoozed</StatusPill>;
  if (group.parked > 0) return <StatusPill status="bad">{group.parked} parked</StatusPill>;
  return <StatusPill status="warn">{group.retrying} retrying</StatusPill>;
}

/** Whose a group is, and until when it is snoozed by whom; nothing where nobody has said so. */
export function Care({ group: { assignee, snoozed } }: { group: DeadLetterGroup }) {
  return (
    <>
      {snoozed ? (
        <span className="text-data text-muted">
          {snoozed.until === "next-deploy" ? (
            "until the next deploy"
          ) : (
            <>
              until <TimeCell at={snoozed.until} />
            </>
          )}
          , by {snoozed.by}
        </span>
      ) : null}
      {assignee === null ? null : <span className="text-data text-muted">assigned to {assignee}</span>}
    </>
  );
}

/** When the letters of a group came, from the first until now. */
export function ArrivalsSpark({ arrivals }: { arrivals: Arrivals | null }) {
  if (arrivals === null) return null;
  const { steps, letters, since } = arrivals;
  const most = Math.max(...steps);
  const label = `${letters} came since ${since.slice(0, 16).replace("T", " ")} UTC, at most ${most} in one of 24 steps of time`;
  return (
    <span className="block w-24" title={label}>
      <Sparkline values={steps} label={label} height={16} className="text-bad-solid" />
    </span>
  );
}
