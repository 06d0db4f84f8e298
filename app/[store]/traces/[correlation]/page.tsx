import { setTimeout as sleep } from "node:timers/promises";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { traceUrlTemplate } from "@/app/_lib/external-trace";
import { urls } from "@/app/_lib/urls";
import { CopyButton } from "@/app/_ui/copy-button.client";
import { ExternalTraceLink } from "@/app/_ui/external-trace-link";
import { formatCount, formatDuration, plural, shortId } from "@/app/_ui/format";
import { InstanceLinks } from "@/app/_ui/instance-links";
import { PageHeader } from "@/app/_ui/page-header";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { NotFound } from "@/lib/kernel/errors";
import { instancesOfTrace } from "@/lib/queries/instances-of";
import { rowSpans } from "@/lib/queries/row-spans";
import { type TracePage, tracePage } from "@/lib/queries/trace-page";
import { openStore } from "../../open-store";
import { FailureLine } from "./failure-line";
import { FOLDED_ABOVE } from "./folded-rows";
import { TraceLive } from "./state-link.client";
import { traceState } from "./trace-state";
import { TraceView, ViewSwitch } from "./trace-view.client";
import { firstView } from "./waterfall-view";
import { packRows, wireRow } from "./wire-rows";

type Props = { params: Promise<{ store: string; correlation: string }>; searchParams: SearchParams };

/**
 * How often an open trace is drawn anew, in milliseconds: its bars grow by themselves. One that only waits for a timer has
 * more time, and a big one is more to read.
 */
const EVERY_MS = 1_000;
const ASLEEP_EVERY_MS = 2_000;
const BIG_EVERY_MS = 10_000;

/** The tab names the correlation. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Trace ${shortId(decodeURIComponent((await params).correlation))}` };
}

/** One correlation's whole path: the command, the events it led to, and every consumer's waiting and working. */
export default async function TraceDetailPage({ params, searchParams }: Props) {
  const { store: slug, correlation } = await params;
  const { store, context } = await openStore(slug);
  const id = decodeURIComponent(correlation);
  const query = await searchParams;
  const [trace, instances] = await Promise.all([
    tracePage(context, id).catch((error: unknown) => {
      if (error instanceof NotFound) notFound();
      throw error;
    }),
    instancesOfTrace(context.reads, id),
  ]);
  const state = traceState((name) => one(query[name]));
  const chosen = trace.rows.find((row) => row.id === state.span);
  const detailed = state.detail === "on" ? trace.rows : chosen ? [chosen] : [];
  const big = trace.rows.length > FOLDED_ABOVE;
  const spans = await rowSpans(context.reads, trace, detailed);
  const later = big && state.view !== "graph" && state.view !== "list";
  return (
    <div data-copy-page={id}>
      <PageHeader
        parent={{ href: urls.traces(store), label: "Traces" }}
        title={shortId(id)}
        mono
        status={
          <>
            <CopyButton text={id} what="correlation id" />
            <SettledPill trace={trace} />
            <span className="text-data">
              {plural(trace.counts.events, "event")} · {plural(trace.counts.streams, "stream")} ·{" "}
              {formatDuration(trace.totalUs / 1000)}
              {trace.more ? " · there is more than is drawn" : ""}
            </span>
            <InstanceLinks store={store} instances={instances} />
            <ExternalTraceLink traceparent={trace.traceparent} />
          </>
        }
      >
        <ViewSwitch />
        {trace.settled && trace.timers === 0 && !isYoung(trace) ? null : (
          <TraceLive
            store={store}
            after={lastPosition(trace)}
            correlation={id}
            everyMs={big ? BIG_EVERY_MS : trace.settled ? ASLEEP_EVERY_MS : EVERY_MS}
          />
        )}
      </PageHeader>
      <TraceView
        store={store}
        packed={later ? packedBehind(trace) : packRows(trace)}
        first={later ? firstView(trace.rows, trace.totalUs, state, wireRow) : undefined}
        spans={[...spans]}
        startedAt={trace.startedAt}
        totalUs={trace.totalUs}
        traceUrl={await traceUrlTemplate()}
        failure={<FailureLine store={store} rows={trace.rows} />}
      />
      <p className="px-4 py-2 text-faint text-label">
        Steps from the log and the batch records, without sampling; below them the spans that are kept. Started{" "}
        <TimeCell at={trace.startedAt} year />, {plural(trace.rows.length, "row")}
        {trace.more ? "; what came after them is left out" : ""}.
      </p>
    </div>
  );
}

/** What the folded page needs to be on its way before the rows are packed, in milliseconds: packing holds up all else. */
const BEHIND_MS = 20;

/** The rows of a big trace, for the same answer, behind the page that shows it folded. */
async function packedBehind(trace: TracePage): Promise<string> {
  await sleep(BEHIND_MS);
  return packRows(trace);
}

function SettledPill({ trace }: { trace: TracePage }) {
  if (trace.settled && trace.timers > 0) {
    return <StatusPill status="idle">{plural(trace.timers, "timer")} waiting</StatusPill>;
  }
  return trace.settled ? (
    <StatusPill status="ok">settled</StatusPill>
  ) : (
    <StatusPill status={trace.rows.some(({ status }) => status === "parked") ? "bad" : "warn"}>
      not settled, {formatCount(trace.openEnds)} open
    </StatusPill>
  );
}

/** What has just come to its end may have led to something that is not there yet. */
const YOUNG_MS = 10_000;

function isYoung({ startedAt, now, totalUs }: TracePage): boolean {
  return Date.parse(now) - Date.parse(startedAt) - totalUs / 1000 < YOUNG_MS;
}

function lastPosition(trace: TracePage): string {
  let last = 0n;
  for (const { position } of trace.rows) if (position !== null && BigInt(position) > last) last = BigInt(position);
  return String(last);
}
