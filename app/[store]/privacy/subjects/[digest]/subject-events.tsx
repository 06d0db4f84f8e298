import { urls } from "@/app/_lib/urls";
import { formatCount, plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { Reveal } from "@/app/_ui/reveal.client";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { SubjectEvents } from "@/lib/queries/subject-events";

/** Where a person appears in the log, as far as one answer looks; and how far that is. */
export function SubjectEventTable({
  store,
  digest,
  found,
  before,
  live,
}: {
  store: string;
  digest: string;
  found: SubjectEvents;
  before: string | undefined;
  /** Whether one of their keys is, so that anything can be read. */
  live: boolean;
}) {
  const { events, lookedTo, highWater, next } = found;
  const from = before ?? highWater;
  return (
    <>
      {events.length > 0 ? (
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
                <td className="second">
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
      ) : (
        <p className="px-4 py-2 text-muted">
          {next === null ? "Nothing of this person is sealed in this part of the log." : "Nothing here yet: look on."}
        </p>
      )}
      <p role="status" className="flex flex-wrap items-center gap-3 px-4 pt-1 pb-3 text-muted text-data">
        <span>
          {plural(events.length, "event")}; looked through positions {formatCount(lookedTo)} to {formatCount(from)}.
        </span>
        {before === undefined ? null : (
          <Link className="link" href={urls.subject(store, digest)} scroll={false}>
            From the newest
          </Link>
        )}
        {next === null ? null : (
          <Link
            className="btn"
            href={urls.subject(store, digest, { before: next })}
            scroll={false}
            aria-keyshortcuts="m"
          >
            Look on
          </Link>
        )}
      </p>
    </>
  );
}
