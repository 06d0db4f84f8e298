import { urls } from "@/app/_lib/urls";
import { ExternalTraceLink } from "@/app/_ui/external-trace-link";
import { epochMs, formatBytes, formatCount, formatDuration } from "@/app/_ui/format";
import { IdChip } from "@/app/_ui/id-chip";
import { Link } from "@/app/_ui/link.client";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { EventPage } from "@/lib/queries/event-page";
import { Fact } from "./fact";

/** Where an event stands and where it came from: one line a fact, everything copyable. */
export function EventFacts({ store, page }: { store: string; page: EventPage }) {
  const { event, command } = page;
  const late = epochMs(event.recordedAt) - epochMs(event.occurredAt);
  return (
    <section aria-label="Where" className="panel">
      <div className="flex h-9 items-center justify-between border-b px-4">
        <h2 className="caps">Where</h2>
        <Link
          href={urls.trace(store, event.correlationId)}
          className="btn h-6"
          aria-keyshortcuts="t"
          aria-label="Open the trace"
        >
          Trace <kbd className="kbd">t</kbd>
        </Link>
      </div>
      <dl className="py-1">
        <Fact label="stream">
          <IdChip id={event.stream} what="stream" href={urls.stream(store, event.stream)} whole />
          <Link
            href={urls.stream(store, event.stream, { version: event.version })}
            className="link ml-auto text-data"
            aria-keyshortcuts="s"
            data-label="Open the stream at this version"
          >
            version {formatCount(event.version)}
          </Link>
        </Fact>
        <Fact label="position">
          <IdChip id={event.position} what="position" shown={`#${formatCount(event.position)}`} />
        </Fact>
        <Fact label="event id">
          <IdChip id={event.id} what="event id" whole />
        </Fact>
        <Fact label="recorded">
          <TimeCell at={event.recordedAt} year />
        </Fact>
        <Fact label="occurred">
          <TimeCell at={event.occurredAt} year />
          {late >= 1 ? (
            <span className="text-faint text-label">{formatDuration(late)} before it was recorded</span>
          ) : null}
        </Fact>
        <Fact label="actor">{event.actor ?? "–"}</Fact>
        <Fact label="correlation">
          <IdChip id={event.correlationId} what="correlation id" href={urls.trace(store, event.correlationId)} whole />
        </Fact>
        <Fact label="causation">
          {event.causationId === null ? (
            "–"
          ) : (
            <IdChip id={event.causationId} what="causation id" href={urls.go(store, event.causationId)} whole />
          )}
        </Fact>
        {event.tenant === null ? null : <Fact label="tenant">{event.tenant}</Fact>}
        {event.traceparent === null ? null : (
          <Fact label="traceparent">
            <IdChip id={event.traceparent} what="traceparent" whole />
            <ExternalTraceLink traceparent={event.traceparent} />
          </Fact>
        )}
        <Fact label="size">{formatBytes(event.bytes)} stored</Fact>
        {command === null ? null : (
          <Fact label="command">
            <span className="font-medium">{command.name}</span>
            <span className="text-muted text-data">
              load {formatDuration(command.loadMs)}, decide {formatDuration(command.decideMs)},{" "}
              {command.attempts === 1 ? "first try" : `${command.attempts} tries`}
            </span>
          </Fact>
        )}
      </dl>
    </section>
  );
}
