import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { formatCount, formatDuration, plural, shortId } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { type Head, PlainTable } from "@/app/_ui/plain-table";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { ViewsMenu } from "@/app/_ui/views-menu.client";
import { parsePosition } from "@/lib/kernel/position";
import { listTraces, type TraceListRow } from "@/lib/queries/list-traces";
import { TRACE_STATES, type TraceState } from "@/lib/queries/walk-traces";
import { parseEventFilter, resolvedFilter } from "../events/event-filter";
import { openStore } from "../open-store";

export const metadata: Metadata = { title: "Traces" };

/** Rows of one page. */
const LIMIT = 50;

const HEADS: readonly Head[] = [
  "Began with",
  { name: "State", look: "w-36" },
  "Stream",
  { name: "Events", num: true, look: "w-20" },
  { name: "Took", num: true, look: "w-24" },
  { name: "Longest lag", look: "w-48", title: "The longest that a consumer waited, beside the others of this page" },
  { name: "Last event", look: "w-44" },
];

const tabs: readonly { state: TraceState | undefined; label: string; means?: string; keys?: string }[] = [
  { state: undefined, label: "All" },
  { state: "failed", label: "Failed", means: "Something of it is set aside", keys: "E" },
  { state: "unsettled", label: "Unsettled", means: "A consumer has not finished it, or a command waits to be sent" },
  {
    state: "waiting",
    label: "Waiting",
    means: "Something of it waits: for a consumer, to be sent, or for a timer",
    keys: "w",
  },
];

/** Which flows are slow, failed or stuck: one row a correlation, by its latest event. */
export default async function TracesPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, principal, context } = await openStore((await params).store);
  const query = await searchParams;
  const q = one(query.q) ?? "";
  const state = TRACE_STATES.find((known) => known === one(query.state));
  const given = one(query.before);
  const cursor = given !== undefined && parsePosition(given) !== undefined ? given : undefined;
  const parsed = parseEventFilter(q);
  const filter = parsed.ok ? resolvedFilter(parsed.filter, Date.now()) : {};
  const found = await listTraces(context, { filter, state, cursor, limit: LIMIT });
  const slowest = found.traces.reduce((max, { lagMs }) => Math.max(max, lagMs), 1);
  const here = { q, state };
  return (
    <>
      <PageHeader title="Traces" status={<span className="text-data">one row a correlation, latest first</span>}>
        <ViewsMenu store={store} page="traces" owner={principal.id} />
      </PageHeader>
      <Narrowing store={store} q={q} state={state} fault={parsed.ok ? undefined : parsed.fault} />
      {found.traces.length === 0 ? (
        <NoTraces store={store} narrowed={q !== "" || state !== undefined} more={found.next !== null} />
      ) : (
        <PlainTable label="Traces" heads={HEADS} whole={false} sticky>
          {found.traces.map((trace) => (
            <Row key={trace.correlationId} store={store} trace={trace} slowestMs={slowest} />
          ))}
        </PlainTable>
      )}
      <Pager
        summary={`${plural(found.traces.length, "trace")} · ${plural(found.scanned, "event")} looked at`}
        newer={cursor ? urls.traces(store, here) : undefined}
        newerLabel="Latest"
        older={found.next === null ? undefined : urls.traces(store, { ...here, before: found.next })}
      />
    </>
  );
}

function Narrowing({
  store,
  q,
  state,
  fault,
}: {
  store: string;
  q: string;
  state: TraceState | undefined;
  fault: string | undefined;
}) {
  return (
    <search className="flex min-h-9 flex-wrap items-center gap-2 border-b px-4 py-1">
      <form action={urls.traces(store)} className="min-w-0 flex-1 max-md:basis-full">
        {state ? <input type="hidden" name="state" value={state} /> : null}
        <input
          name="q"
          key={q}
          defaultValue={q}
          aria-label="Filter"
          aria-keyshortcuts="/"
          aria-invalid={fault !== undefined}
          placeholder="type:OrderPlaced  stream:order-17  actor:ada"
          className="field mono w-full max-w-xl max-md:h-11"
        />
      </form>
      <nav aria-label="Which traces" className="flex items-center gap-1">
        {tabs.map(({ state: other, label, means, keys }) => (
          <Link
            key={label}
            // Pressed again, the key leads back to all.
            href={urls.traces(store, { q, state: other === state ? undefined : other })}
            aria-current={other === state ? "true" : undefined}
            aria-keyshortcuts={keys}
            data-label={`${label} traces`}
            title={means}
            className="btn h-6 aria-[current]:bg-selected max-md:h-11"
          >
            {label}
          </Link>
        ))}
      </nav>
      {fault === undefined ? null : (
        <p role="alert" className="w-full text-bad text-data">
          {fault} All traces are shown.
        </p>
      )}
    </search>
  );
}

function Row({ store, trace, slowestMs }: { store: string; trace: TraceListRow; slowestMs: number }) {
  const { correlationId, command, type, stream, streams, events, more, durationMs, lagMs, lastAt } = trace;
  return (
    <tr data-copy={correlationId}>
      <td className="first clip w-[30%]">
        <Link href={urls.trace(store, correlationId)} data-row className="hover:text-brand" title={correlationId}>
          <span className="font-medium">{command?.name ?? type}</span>{" "}
          <span className="mono text-faint">{shortId(correlationId)}</span>
        </Link>
      </td>
      <td className="second">
        <State trace={trace} />
      </td>
      <td className="clip bare w-[24%]">
        <Link href={urls.stream(store, stream)} className="link mono">
          {stream}
        </Link>
        {streams > 1 ? <span className="text-faint"> +{streams - 1}</span> : null}
      </td>
      <td className="num wide">
        {more ? "≥ " : ""}
        {formatCount(events)}
      </td>
      <td className="num text-muted">{formatDuration(durationMs)}</td>
      <td className="wide">
        <span className="flex items-center gap-2">
          <span aria-hidden="true" className="h-2.5 w-24 shrink-0">
            <span
              className={`hatch block h-full min-w-px rounded-[2px] ${trace.settled ? "text-kind-projection" : "text-warn-solid"}`}
              style={{ width: `${(Math.log1p(lagMs) / Math.log1p(slowestMs)) * 100}%` }}
            />
          </span>
          <span className="text-muted">{formatDuration(lagMs)}</span>
        </span>
      </td>
      <td className="text-muted">
        <TimeCell at={lastAt} />
      </td>
    </tr>
  );
}

function State({ trace: { settled, open, failures, timers } }: { trace: TraceListRow }) {
  if (failures > 0) return <StatusPill status="bad">{formatCount(failures)} failed</StatusPill>;
  if (!settled) return <StatusPill status="warn">{formatCount(open)} open</StatusPill>;
  if (timers > 0) return <StatusPill status="idle">{plural(timers, "timer")} waiting</StatusPill>;
  return <StatusPill status="ok">settled</StatusPill>;
}

function NoTraces({ store, narrowed, more }: { store: string; narrowed: boolean; more: boolean }) {
  if (more) return <EmptyState title="Nothing found so far">Older brings the next part of the log.</EmptyState>;
  if (!narrowed) return <EmptyState title="No traces yet">Every append and command starts one.</EmptyState>;
  return (
    <EmptyState
      title="No trace matches"
      action={
        <Link className="btn" href={urls.traces(store)}>
          Show all traces
        </Link>
      }
    >
      There are traces, but none like this.
    </EmptyState>
  );
}
