import { urls } from "@/app/_lib/urls";
import { epochMs, formatCount, formatDuration } from "@/app/_ui/format";
import { headNames } from "@/app/_ui/head-names";
import { Link } from "@/app/_ui/link.client";
import { Pager } from "@/app/_ui/pager";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { EventRow } from "@/lib/queries/event-row";
import type { Here } from "./here";

/** Pauses longer than this get a line of their own. */
const IDLE_MS = 3_600_000;

/** The events of a stream, newest first, with the time between them. The version opens its state, the type the event. */
export function StreamEvents({
  store,
  stream,
  events,
  version,
  latest,
  here,
}: {
  store: string;
  stream: string;
  events: readonly EventRow[];
  version: number;
  latest: number;
  here: Here;
}) {
  const [top, bottom] = [events[0]?.version ?? 0, events.at(-1)?.version ?? 0];
  return (
    <>
      <table
        className="table stack"
        aria-label={`Events of ${stream}`}
        aria-rowcount={latest + 1}
        style={headNames(["Version", "Recorded", "Event", "Actor", "After"])}
      >
        <thead>
          <tr>
            <th scope="col" className="num w-16">
              Version
            </th>
            <th scope="col">Recorded</th>
            <th scope="col" className="w-[45%]">
              Event
            </th>
            <th scope="col">Actor</th>
            <th scope="col" className="num">
              After
            </th>
          </tr>
        </thead>
        {events.map((event, index) => (
          <EventRows
            key={event.id}
            store={store}
            event={event}
            before={events[index + 1]}
            current={event.version === version}
            href={here({ version: event.version })}
            rowIndex={latest - event.version + 2}
          />
        ))}
      </table>
      <Pager
        summary={`Versions ${formatCount(bottom)} to ${formatCount(top)} of ${formatCount(latest)}`}
        newer={top < latest ? here({ from: Math.min(latest, top + events.length) }) : undefined}
        older={bottom > 1 ? here({ from: bottom - 1 }) : undefined}
        keys={false}
      />
    </>
  );
}

function EventRows({
  store,
  event,
  before,
  current,
  href,
  rowIndex,
}: {
  store: string;
  event: EventRow;
  before: EventRow | undefined;
  current: boolean;
  href: string;
  rowIndex: number;
}) {
  const gap = before ? epochMs(event.recordedAt) - epochMs(before.recordedAt) : undefined;
  return (
    <tbody>
      <tr data-copy={event.id} aria-current={current ? "true" : undefined} aria-rowindex={rowIndex}>
        <td className="num second w-16">
          <Link href={href} replace scroll={false} className="link mono" title="Show the state at this version">
            {event.version}
          </Link>
        </td>
        <td className="bare text-muted">
          <TimeCell at={event.recordedAt} />
        </td>
        <td className="first clip w-[45%]">
          <Link href={urls.event(store, event.id)} data-row className="font-medium hover:text-brand">
            {event.type}
            <span className="ml-1.5 font-normal text-faint text-label">v{event.schemaVersion}</span>
          </Link>
        </td>
        <td className="wide max-w-36 truncate text-muted" title={event.actor ?? undefined}>
          {event.actor ?? "–"}
        </td>
        <td className="num wide text-faint">{gap === undefined ? "" : formatDuration(gap)}</td>
      </tr>
      {gap !== undefined && gap > IDLE_MS ? (
        <tr>
          <td colSpan={5} className="break text-center text-faint text-label">
            <span className="flex items-center gap-3">
              <span className="h-px flex-1 bg-line" /> idle {formatDuration(gap)}{" "}
              <span className="h-px flex-1 bg-line" />
            </span>
          </td>
        </tr>
      ) : null}
    </tbody>
  );
}
