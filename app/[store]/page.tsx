import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { CommandLine, EmptyState } from "@/app/_ui/empty-state";
import { Glyph } from "@/app/_ui/glyph";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { ProjectionTable } from "@/app/_ui/projection-table.client";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { budgetsLeft } from "@/app/_ui/slo-words";
import { hasRole } from "@/lib/access/principal";
import { sloStatus } from "@/lib/alerts/slo-status";
import { listEvents } from "@/lib/queries/list-events";
import { overview } from "@/lib/queries/overview";
import { AttentionList } from "./_overview/attention-list";
import { FrozenOverview } from "./_overview/frozen-overview";
import { Invariants } from "./_overview/invariants";
import { MomentBox } from "./_overview/moment-box";
import { OverviewFigures } from "./_overview/overview-figures";
import { RecentActs } from "./_overview/recent-acts";
import { TrafficPanel } from "./_overview/traffic-panel";
import { EventTable } from "./events/event-table.client";
import { resolveTime, TIME_FORMS } from "./events/resolve-time";
import { openStore } from "./open-store";

export const metadata: Metadata = { title: "Overview" };

/** Events shown at the foot of the page. */
const LATEST = 10;

/** Is anyone hurt, and what first? */
export default async function OverviewPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context, principal } = await openStore((await params).store);
  const query = await searchParams;
  const asked = one(query.at);
  const at = asked === undefined ? undefined : pastMoment(asked, Date.now());
  if (at !== undefined) {
    // The address names the moment itself, so that whoever gets it sees the same.
    if (at !== asked) redirect(urls.overview(store, { at }));
    return <FrozenOverview store={store} context={context} at={at} />;
  }
  const live = one(query.live) !== "off";
  const [read, newest, slos] = await Promise.all([
    overview(context),
    listEvents(context, { limit: LATEST }),
    sloStatus(context.reads),
  ]);
  const budgets = budgetsLeft(slos);
  const { health, projections, latest } = read;
  return (
    <>
      <PageHeader title="Overview">
        {latest ? (
          <Link
            href={urls.trace(store, latest.correlationId)}
            className="btn"
            aria-keyshortcuts="l"
            aria-label="Follow the latest order"
          >
            Follow the latest: {latest.stream} <kbd className="kbd">l</kbd>
          </Link>
        ) : null}
        <MomentBox store={store} />
        <LiveRefresh
          on={live}
          after={health.highWater.position}
          store={store}
          gauges={["lag", "alerts"]}
          liveHref={urls.overview(store)}
          pausedHref={urls.overview(store, { live: "off" })}
        />
      </PageHeader>
      {asked === undefined ? null : (
        <p role="alert" className="border-b px-4 py-2 text-bad">
          {asked.slice(0, 40)} is no past moment. Write it as {TIME_FORMS}. This is the overview of now.
        </p>
      )}
      <AttentionList store={store} items={read.attention} calm={<Calm projections={projections.length} />} />
      <OverviewFigures overview={read} />
      <TrafficPanel store={store} traffic={read.traffic} mayAct={hasRole(principal, "operator")} />
      {health.head === "0" ? (
        <EmptyState title="An empty store">
          <p>Start the demo traffic above, or import a log of your own:</p>
          <CommandLine>bin/tidemark import events.jsonl</CommandLine>
        </EmptyState>
      ) : null}
      {projections.length > 0 ? (
        <Section title={`Projections ${projections.length}, worst first`}>
          <ProjectionTable store={store} rows={projections} budgets={budgets} />
        </Section>
      ) : null}
      <Invariants store={store} found={read.invariants} />
      {newest.events.length > 0 ? (
        <Section
          title="Latest events"
          className="border-t"
          aside={
            <Link href={urls.events(store)} className="link text-data">
              Open the event log
            </Link>
          }
        >
          <EventTable store={store} rows={newest.events.map(({ data: _data, metadata: _metadata, ...row }) => row)} />
        </Section>
      ) : null}
      <RecentActs store={store} acts={read.acts} now={health.now} />
    </>
  );
}

function Calm({ projections }: { projections: number }) {
  return (
    <>
      <Glyph status="ok" size={12} />
      <p className="font-medium">Nothing needs attention.</p>
      <p className="text-muted">
        {projections === 0
          ? "No projection is registered yet."
          : projections === 1
            ? "The one projection is within its objective."
            : `All ${projections} projections are within their objectives.`}
      </p>
    </>
  );
}

/** The moment that a text means, ISO 8601; undefined for what is no time or has not come yet. */
function pastMoment(text: string, now: number): string | undefined {
  const at = resolveTime(text, now);
  return at !== undefined && Date.parse(at) <= now ? at : undefined;
}
