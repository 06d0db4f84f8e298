import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { Link } from "@/app/_ui/link.client";
import { PageHeader } from "@/app/_ui/page-header";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { DeadLetterRow } from "@/lib/queries/dead-letters";

/** A cause that has no open letter any more: what became of the one that the link named. */
export function GroupClosed({
  store,
  group,
  letter,
}: {
  store: string;
  group: string;
  letter: DeadLetterRow | undefined;
}) {
  return (
    <>
      <PageHeader parent={{ href: urls.deadLetters(store), label: "Dead letters" }} title={group} mono />
      <EmptyState
        title="Nothing of this cause is parked any more"
        action={
          <Link className="btn" href={urls.deadLetters(store)}>
            All dead letters
          </Link>
        }
      >
        {letter ? (
          <p>
            DL-{letter.id} of {letter.consumer} is {letter.state}
            {letter.wantedBy ? ` by ${letter.wantedBy}` : " by itself"}
            {letter.reason ? `: ${letter.reason}` : ""}. {letter.closedAt ? <TimeCell at={letter.closedAt} /> : null}{" "}
            <Link className="link" href={urls.event(store, letter.eventId)}>
              Open its event
            </Link>
          </p>
        ) : (
          <p>Its events were applied or skipped.</p>
        )}
      </EmptyState>
    </>
  );
}
