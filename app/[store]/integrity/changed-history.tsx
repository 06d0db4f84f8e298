import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { formatCount, plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { HistoryAlarm } from "@/lib/alerts/find/changed-history";

/** The open alarm that history was changed: what, where, since when, who found it, and the act that settles it. */
export function ChangedHistory({
  store,
  alarm: { since, faults, what, first, last, event, run },
  maySettle,
}: {
  store: string;
  alarm: HistoryAlarm;
  maySettle: boolean;
}) {
  return (
    <section aria-label="History was changed" role="alert" className="border-b bg-bad-tint px-4 py-2">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1">
        <h2 className="font-semibold text-bad">History was changed: {plural(faults, "fault")}</h2>
        <span>
          found <TimeCell at={since} year />
        </span>
        {first === null ? null : (
          <span>
            {first === last
              ? `position ${formatCount(first)}`
              : `positions ${formatCount(first)} to ${formatCount(last ?? first)}`}
          </span>
        )}
        {event === null ? null : (
          <Link className="link" href={urls.event(store, event.eventId)}>
            The event that stands there
          </Link>
        )}
        {run === null ? (
          <span>found by the builder of the Merkle log</span>
        ) : (
          <Link className="link" href={urls.run(store, run)}>
            All faults, in run {run}
          </Link>
        )}
        {maySettle ? (
          <ActSheet
            store={store}
            url={urls.api(store, "/integrity/alarm/settle")}
            label="Settle"
            confirm="Settle the alarm"
            done="Settled"
            act="settle-history-alarm"
            needsReason
          >
            Says that what was found is known, and stays. It mends nothing: the next verification that finds it raises
            the alarm again. A verification that finds nothing settles it by itself.
          </ActSheet>
        ) : null}
      </div>
      <p className="mono wrap-anywhere mt-1">{what}</p>
    </section>
  );
}
