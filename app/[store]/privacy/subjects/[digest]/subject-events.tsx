import { urls } from "@/app/_lib/urls";
import { formatCount } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { Reveal } from "@/app/_ui/reveal.client";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { SubjectEvents } from "@/lib/queries/subject-events";

/** The events in which a person appears, and what reveals them to somebody who says why. */
export function SubjectEventTable({
  store,
  digest,
  events,
  live,
}: {
  store: string;
  digest: string;
  events: SubjectEvents["events"];
  live: boolean;
}) {
  return (
    <>
      <PlainTable
        label="Events of the person"
        heads={[num("Position"), "Event", "Stream", num("Values", "Sealed values of this person"), "Recorded"]}
        whole={false}
      >
        {events.map((event) => (
          <tr key={event.id} data-copy={event.id}>
            <td className="num">
              <Link href={urls.position(store, event.position)} className="link">
                {formatCount(event.position)}
              </Link>
            </td>
            <td className="first">
              <Link href={urls.event(store, event.id)} data-row className="font-medium hover:text-brand">
                {event.type}
              </Link>
            </td>
            <td>
              <Link href={urls.stream(store, event.stream, { version: event.version })} className="link mono">
                {event.stream}
              </Link>{" "}
              <span className="text-muted">v{event.version}</span>
            </td>
            <td className="num">{event.values}</td>
            <td className="text-muted">
              <TimeCell at={event.recordedAt} />
            </td>
          </tr>
        ))}
      </PlainTable>
      {live ? (
        <div className="px-4 pt-1">
          <Reveal key={events[0]?.id} store={store} events={events.map(({ id }) => id)} digest={digest} />
        </div>
      ) : null}
    </>
  );
}
