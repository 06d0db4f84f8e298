import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { formatDuration } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { choice, one, type SearchParams } from "@/app/_ui/search-text";
import { Segments } from "@/app/_ui/segments";
import { SloPanel } from "@/app/_ui/slo-panel.client";
import { percent, sloStatusOf } from "@/app/_ui/slo-words";
import { StatusPill } from "@/app/_ui/status-pill";
import { hasRole } from "@/lib/access/principal";
import { NotFound } from "@/lib/kernel/errors";
import { alertWatch } from "@/lib/queries/list-alerts";
import { readHighWater } from "@/lib/queries/list-events";
import { sloPage, sloRanges } from "@/lib/queries/slo-page";
import { AlertTable } from "../../alerts/alert-table";
import { WatchLine } from "../../alerts/watch-line";
import { openStore } from "../../open-store";
import { SetSlo } from "../set-slo.client";
import { SloChanges } from "./slo-changes";
import { SloFigures } from "./slo-figures";

type Props = { params: Promise<{ store: string; consumer: string }>; searchParams: SearchParams };

/** The tab names the consumer. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `SLO of ${decodeURIComponent((await params).consumer)}` };
}

/** What was promised of one consumer, how much of its budget is left, when it was spent, and how fast it goes. */
export default async function SloDetailPage({ params, searchParams }: Props) {
  const { store: slug, consumer: encoded } = await params;
  const { store, context, principal } = await openStore(slug);
  const query = await searchParams;
  const range = choice(query.range, sloRanges);
  const live = one(query.live) !== "off";
  const [page, watch, highWater] = await Promise.all([
    sloPage(context, decodeURIComponent(encoded), range).catch((error: unknown) => {
      if (error instanceof NotFound) notFound();
      throw error;
    }),
    alertWatch(context),
    readHighWater(context),
  ]);
  const { consumer, kind, objectiveMs, target, changedBy } = page;
  const { status, word } = sloStatusOf(page);
  const now = Date.now();
  const here = (change: Readonly<Record<string, string | undefined>>) =>
    urls.slo(store, consumer, { range: one(query.range), live: one(query.live), ...change });
  return (
    <div data-copy-page={consumer}>
      <PageHeader
        parent={{ href: urls.slos(store), label: "SLOs" }}
        title={consumer}
        status={
          <>
            <StatusPill status={status}>{word}</StatusPill>
            <span className="text-data">
              within {formatDuration(objectiveMs)} for {percent(target)} of the time ·{" "}
              {changedBy === null ? "as declared in code" : `set by ${changedBy}`}
            </span>
          </>
        }
      >
        <LiveRefresh
          on={live}
          after={String(highWater)}
          store={store}
          everyMs={5_000}
          liveHref={here({ live: undefined })}
          pausedHref={here({ live: "off" })}
        />
        <Link
          className="btn"
          href={kind === "process" ? urls.process(store, consumer) : urls.projection(store, consumer)}
          aria-keyshortcuts="p"
        >
          Its lag <kbd className="kbd">p</kbd>
        </Link>
        {hasRole(principal, "operator") ? (
          <SetSlo store={store} slo={{ consumer, objectiveMs, target, changedBy }} />
        ) : null}
      </PageHeader>
      <WatchLine watch={watch} now={now} />
      <SloFigures page={page} now={now} />
      <Section title="Time over the objective" className="border-t">
        <SloPanel
          store={store}
          bars={page.time.map(({ at, ...time }) => ({ t: Date.parse(at), ...time }))}
          widthSeconds={page.widthSeconds}
          target={target}
          changes={page.changes.map(({ at }) => Date.parse(at))}
          ranges={
            <Segments label="Range" choices={sloRanges} chosen={range} href={(known) => here({ range: known })} keep />
          }
        />
        <p className="max-w-prose px-4 py-2 text-muted text-data">
          Each minute is judged by the objective that held when it was counted. Grey is time of which no sample is
          known: neither kept nor spent.
        </p>
      </Section>
      <SloChanges store={store} page={page} />
      <Section title="Alerts about it" className="border-t pb-6">
        {page.alerts.length === 0 ? (
          <p className="px-4 pb-2 text-muted">None in the 90 days for which alerts are kept.</p>
        ) : (
          <AlertTable store={store} alerts={page.alerts} now={now} />
        )}
      </Section>
    </div>
  );
}
