import type { Metadata } from "next";
import { Suspense } from "react";
import { urls } from "@/app/_lib/urls";
import { CommandLine, EmptyState } from "@/app/_ui/empty-state";
import { formatCount } from "@/app/_ui/format";

import { Link } from "@/app/_ui/link.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { choice, one, type SearchParams } from "@/app/_ui/search-text";
import { ViewsMenu } from "@/app/_ui/views-menu.client";
import { hasRole } from "@/lib/access/principal";
import { parsePosition } from "@/lib/kernel/position";
import { facets } from "@/lib/queries/facets";
import { type EventsPage, listEvents } from "@/lib/queries/list-events";
import { CONTINUE_MS, GO_ON_MS } from "@/lib/queries/search-in-steps";
import { eventsOnward } from "@/lib/queries/search-onward";
import { Later } from "../later";
import { openStore } from "../open-store";
import { ActivityHistogram } from "./activity-histogram";
import { parseEventFilter, resolvedFilter } from "./event-filter";
import { ExportSheet } from "./export-sheet.client";
import { FilterBox } from "./filter-box.client";
import { LiveLog } from "./live-log.client";
import { resolveTime } from "./resolve-time";
import { ScanBar } from "./scan-bar";

export const metadata: Metadata = { title: "Event log" };

/** Rows of one page of the log. */
const LIMIT = 50;

/** The log, newest first: what is happening now, or what happened then. */
export default async function EventLogPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, principal, context } = await openStore((await params).store);
  const query = await searchParams;
  const text = one(query.q) ?? "";
  const parsed = parseEventFilter(text);
  const filter = parsed.ok ? parsed.filter : {};
  const [before, after] = [position(query.before), position(query.after)];
  const now = Date.now();
  const at = before || after ? undefined : resolveTime(one(query.at) ?? "", now);
  const wanted = resolvedFilter(filter, now);
  const request = {
    ...wanted,
    ...{ ...(before ? { before } : {}), ...(after ? { after } : {}), ...(at ? { at } : {}), limit: LIMIT },
  };
  const [first, names] = await Promise.all([listEvents(context, request), facets(context)]);
  const onward = eventsOnward(context, request, first, one(query.scan) === undefined ? GO_ON_MS : CONTINUE_MS);
  // Towards the head what is found later belongs on top: then the page waits, for a list never moves under its reader.
  const later = after === undefined ? onward : undefined;
  const found = after === undefined ? first : ((await onward) ?? first);
  const rows = (found.order === "oldest-first" ? [...found.events].reverse() : found.events).map(rowOf);
  const tail = before === undefined && after === undefined && at === undefined && filter.to === undefined;
  const suggestions = [
    ...names.types.map((name) => `type:${name}`),
    ...names.categories.map((name) => `category:${name}`),
  ];
  return (
    <>
      <PageHeader
        title="Event log"
        status={<span className="text-data">readable up to #{formatCount(found.highWater)}</span>}
      >
        <span className="text-data text-muted">{text === "" ? "whole log" : "filtered"}, newest first</span>
        {hasRole(principal, "operator") ? (
          <ExportSheet store={store} filter={wanted} mayReveal={hasRole(principal, "privacy-officer")} />
        ) : null}
        <ViewsMenu store={store} page="events" owner={principal.id} />
      </PageHeader>
      {parsed.ok ? null : (
        <p role="alert" className="px-4 text-bad text-data">
          {parsed.fault} The whole log is shown.
        </p>
      )}
      <Suspense fallback={<div className="h-14" />}>
        <ActivityHistogram store={store} context={context} filter={wanted} />
      </Suspense>
      <LiveLog
        key={`${text}|${before}|${after}|${at}|${found.highWater}`}
        store={store}
        rows={rows}
        after={found.highWater}
        filter={filter}
        initialMode={tail ? choice(query.live, ["notify", "off", "follow"]) : "off"}
        toolbar={<FilterBox key={text} store={store} text={text} suggestions={suggestions} />}
        further={later?.then(({ events }) => events.slice(rows.length).map(rowOf))}
        empty={
          <Later found={later} first={found}>
            {(page, searching) => (
              <NoEvents store={store} filtered={text !== "" || !tail} scan={page.scan !== null} searching={searching} />
            )}
          </Later>
        }
        text={text}
        foot={
          <Later found={later} first={found}>
            {(page, searching) => (
              <>
                {page.scan ? (
                  <ScanBar store={store} text={text} found={page} scan={page.scan} searching={searching} />
                ) : null}
                <LogPager store={store} text={text} found={page} atHead={tail} />
              </>
            )}
          </Later>
        }
      />
    </>
  );
}

function LogPager({ store, text, found, atHead }: { store: string; text: string; found: EventsPage; atHead: boolean }) {
  const forwards = found.order === "oldest-first";
  const [olderCursor, newerCursor] = forwards ? [found.previous, found.next] : [found.next, found.previous];
  const older = olderCursor === null ? undefined : urls.events(store, { q: text, before: olderCursor });
  const newer =
    newerCursor === null ? urls.events(store, { q: text }) : urls.events(store, { q: text, after: newerCursor });
  return (
    <Pager
      summary={
        <>
          {found.events.length} shown
          {found.at === null ? null : `, from #${formatCount(found.at)} back`}
          {atHead ? null : (
            <Link href={urls.events(store, { q: text })} className="link ml-3">
              To the head
            </Link>
          )}
        </>
      }
      older={older}
      newer={atHead ? undefined : newer}
    />
  );
}

function NoEvents({
  store,
  filtered,
  scan,
  searching,
}: {
  store: string;
  filtered: boolean;
  scan: boolean;
  searching: boolean;
}) {
  if (searching) return <EmptyState title="Searching…">Each event is looked at, newest first.</EmptyState>;
  if (scan) {
    return <EmptyState title="Nothing found so far">The rest of the log has not been searched yet.</EmptyState>;
  }
  if (filtered) {
    return (
      <EmptyState
        title="No event matches"
        action={
          <Link className="btn" href={urls.events(store)}>
            Clear the filter
          </Link>
        }
      >
        The log has events, but none with these conditions on this page.
      </EmptyState>
    );
  }
  return (
    <EmptyState title="No events yet">
      <p>Append the first one, or import a log of your own:</p>
      <CommandLine>bin/tidemark import events.jsonl</CommandLine>
    </EmptyState>
  );
}

function position(value: string | string[] | undefined): string | undefined {
  const text = one(value);
  return text !== undefined && parsePosition(text) !== undefined ? text : undefined;
}

/** What a list shows of an event: never its payload. */
function rowOf({ data: _data, metadata: _metadata, ...row }: EventsPage["events"][number]) {
  return row;
}
