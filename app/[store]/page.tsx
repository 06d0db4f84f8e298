import type { Metadata } from "next";
import Link from "next/link";
import { urls } from "@/app/_lib/urls";
import { CommandLine, EmptyState } from "@/app/_ui/empty-state";
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
import { Invariants } from "./_overview/invariants";
import { OverviewFigures } from "./_overview/overview-figures";
import { RecentActs } from "./_overview/recent-acts";
import { TrafficPanel } from "./_overview/traffic-panel";
import { EventTable } from "./events/event-table.client";
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
  const live = one((await searchParams).live) !== "off";
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
        <LiveRefresh
          on={live}
          after={health.highWater.position}
          store={store}
          gauges={["lag", "alerts"]}
          liveHref={urls.overview(store)}
          pausedHref={`${urls.overview(store)}?live=off`}
        />
      </PageHeader>
      <AttentionList store={store} overview={read} />
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
