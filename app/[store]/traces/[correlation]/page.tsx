import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { CopyButton } from "@/app/_ui/copy-button.client";
import { ExternalTraceLink } from "@/app/_ui/external-trace-link";
import { formatCount, formatDuration, plural, shortId } from "@/app/_ui/format";
import { InstanceLinks } from "@/app/_ui/instance-links";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader } from "@/app/_ui/page-header";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { StatusPill } from "@/app/_ui/status-pill";
import { NotFound } from "@/lib/kernel/errors";
import { instancesOf } from "@/lib/queries/instances-of";
import { rowSpans } from "@/lib/queries/row-spans";
import { type TracePage, tracePage } from "@/lib/queries/trace-page";
import { openStore } from "../../open-store";
import { SpanPanel } from "./span-panel";
import { Waterfall } from "./waterfall";

type Props = { params: Promise<{ store: string; correlation: string }>; searchParams: SearchParams };

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
  const trace = await tracePage(context, id).catch((error: unknown) => {
    if (error instanceof NotFound) notFound();
    throw error;
  });
  const positions = trace.rows.flatMap(({ position }) => (position === null ? [] : [BigInt(position)]));
  const instances = await instancesOf(context.reads, [...new Set(positions)]);
  const state = {
    ...{ span: one(query.span), idle: one(query.idle), only: one(query.only), live: one(query.live) },
    detail: one(query.detail) === "on" ? "on" : undefined,
  };
  const here = (change: Readonly<Record<string, string | undefined>>) =>
    withQuery(urls.trace(store, id), { ...state, ...change });
  const live = state.live !== "off" && !trace.settled;
  const chosen = trace.rows.find((row) => row.id === state.span);
  const detailed = state.detail === "on" ? trace.rows : chosen ? [chosen] : [];
  const spans = await rowSpans(context.reads, trace, detailed);
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
              {trace.more ? " · more than is drawn" : ""}
            </span>
            <InstanceLinks store={store} instances={instances} />
            <ExternalTraceLink traceparent={trace.traceparent} />
          </>
        }
      >
        {trace.settled ? null : (
          <LiveRefresh
            on={live}
            after={lastPosition(trace)}
            url={urls.live(store)}
            liveHref={here({ live: undefined })}
            pausedHref={here({ live: "off" })}
          />
        )}
      </PageHeader>
      <Waterfall
        trace={trace}
        spans={spans}
        here={here}
        detail={state.detail === "on"}
        cutIdle={state.idle !== "off"}
        onlyOpen={state.only === "open"}
        chosen={chosen?.id}
      />
      {chosen ? (
        <SpanPanel store={store} row={chosen} spans={spans.get(chosen.id)} closeHref={here({ span: undefined })} />
      ) : null}
      <p className="px-4 py-2 text-faint text-label">
        Steps from the log and the batch records, without sampling; below them the spans that are kept. Started{" "}
        {trace.startedAt}, {formatCount(trace.rows.length)} rows.
      </p>
    </div>
  );
}

function SettledPill({ trace }: { trace: TracePage }) {
  return trace.settled ? (
    <StatusPill status="ok">settled</StatusPill>
  ) : (
    <StatusPill status="warn">{trace.openEnds} open</StatusPill>
  );
}

function lastPosition(trace: TracePage): string {
  let last = 0n;
  for (const { position } of trace.rows) if (position !== null && BigInt(position) > last) last = BigInt(position);
  return String(last);
}

function withQuery(path: string, query: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return given.length === 0 ? path : `${path}?${new URLSearchParams(given)}`;
}
