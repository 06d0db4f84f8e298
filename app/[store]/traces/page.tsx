import type { Metadata } from "next";
import Link from "next/link";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { epochMs, formatDuration, shortId } from "@/app/_ui/format";
import { GoBox } from "@/app/_ui/go-box";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { ViewsMenu } from "@/app/_ui/views-menu.client";
import { parsePosition } from "@/lib/kernel/position";
import type { EventRow } from "@/lib/queries/event-row";
import { listEvents } from "@/lib/queries/list-events";
import { openStore } from "../open-store";

export const metadata: Metadata = { title: "Traces" };

/** So many events are read for one page; the traces among them are shown. */
const EVENTS = 300;

type Trace = { id: string; last: EventRow; events: number; streams: Set<string>; firstAt: string; types: string[] };

/** The latest correlations, from the newest events of the log. Sizes say what was seen on this page, no more. */
export default async function TracesPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, principal, context } = await openStore((await params).store);
  const given = one((await searchParams).before);
  const before = given !== undefined && parsePosition(given) !== undefined ? given : undefined;
  const found = await listEvents(context, { limit: EVENTS, ...(before ? { before } : {}) });
  const traces = group(found.events);
  const goHref = urls.go(store, "").replace(/\?.*$/, "");
  return (
    <>
      <PageHeader title="Traces" status={<span className="text-data">one row a correlation, latest first</span>}>
        <GoBox action={goHref} />
        <ViewsMenu store={store} page="traces" owner={principal.id} />
      </PageHeader>
      {traces.length === 0 ? (
        <EmptyState title="No traces yet">Every append and command starts one.</EmptyState>
      ) : (
        <table className="table stack" aria-label="Traces" aria-rowcount={-1}>
          <thead>
            <tr>
              <th scope="col" className="w-40">
                Trace
              </th>
              <th scope="col">What happened</th>
              <th scope="col">Stream</th>
              <th scope="col" className="num w-20">
                Events
              </th>
              <th scope="col" className="num w-24">
                Took
              </th>
              <th scope="col" className="w-44">
                Last event
              </th>
            </tr>
          </thead>
          <tbody>
            {traces.map((trace) => (
              <Row key={trace.id} store={store} trace={trace} />
            ))}
          </tbody>
        </table>
      )}
      <Pager
        summary={`${traces.length} traces in ${found.events.length} events`}
        newer={before ? urls.traces(store) : undefined}
        newerLabel="Latest"
        older={found.next === null ? undefined : `${urls.traces(store)}?before=${found.next}`}
      />
    </>
  );
}

function Row({ store, trace }: { store: string; trace: Trace }) {
  const { id, last, events, streams, firstAt, types } = trace;
  return (
    <tr data-copy={id}>
      <td className="second">
        <Link href={urls.trace(store, id)} data-row className="mono hover:text-brand" title={id}>
          {shortId(id)}
        </Link>
      </td>
      <td className="first clip w-[36%]">
        <span className="font-medium">{types[0]}</span>
        {types.length > 1 ? (
          <>
            <span className="text-faint"> to </span>
            <span className="font-medium">{last.type}</span>
          </>
        ) : null}
      </td>
      <td className="clip w-[24%]">
        <Link href={urls.stream(store, last.stream)} className="link mono" prefetch={false}>
          {last.stream}
        </Link>
        {streams.size > 1 ? <span className="text-faint"> +{streams.size - 1}</span> : null}
      </td>
      <td className="num wide">{events}</td>
      <td className="num wide text-muted">{formatDuration(epochMs(last.recordedAt) - epochMs(firstAt))}</td>
      <td className="text-muted">
        <TimeCell at={last.recordedAt} />
      </td>
    </tr>
  );
}

function group(events: readonly EventRow[]): Trace[] {
  const traces = new Map<string, Trace>();
  for (const event of events) {
    const trace = traces.get(event.correlationId) ?? {
      id: event.correlationId,
      last: event,
      events: 0,
      streams: new Set<string>(),
      firstAt: event.recordedAt,
      types: [],
    };
    trace.events += 1;
    trace.streams.add(event.stream);
    trace.firstAt = event.recordedAt;
    if (!trace.types.includes(event.type)) trace.types.unshift(event.type);
    traces.set(event.correlationId, trace);
  }
  return [...traces.values()];
}
