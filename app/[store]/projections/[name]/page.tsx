import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { LagPanel } from "@/app/_ui/lag-panel.client";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { PauseOrResume } from "@/app/_ui/pause-or-resume";
import { projectionStatus } from "@/app/_ui/projection-state";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { Segments } from "@/app/_ui/segments";
import { SloLine } from "@/app/_ui/slo-line";
import { StatusPill } from "@/app/_ui/status-pill";
import { hasRole } from "@/lib/access/principal";
import { sloStatus } from "@/lib/alerts/slo-status";
import { InvalidRequest, NotFound } from "@/lib/kernel/errors";
import { lagHistory, lagRanges } from "@/lib/queries/lag-history";
import type { ProjectionRow } from "@/lib/queries/list-projections";
import { partitionLoads } from "@/lib/queries/partition-load";
import { projectionPage } from "@/lib/queries/projection-page";
import { openStore } from "../../open-store";
import { Batches } from "./batches";
import { Generations } from "./generations";
import { Partitions } from "./partitions";
import { ProjectionErrors } from "./projection-errors";
import { ProjectionFigures } from "./projection-figures";

type Props = { params: Promise<{ store: string; name: string }>; searchParams: SearchParams };

/** The tab names the projection. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).name) };
}

/** Why a projection is behind, since when, and whether it will recover. */
export default async function ProjectionDetailPage({ params, searchParams }: Props) {
  const { store: slug, name: encoded } = await params;
  const { store, context, principal } = await openStore(slug);
  const name = decodeURIComponent(encoded);
  const query = await searchParams;
  const range = lagRanges.find((known) => known === one(query.range)) ?? "15m";
  const zoom = zoomOf(one(query.from), one(query.to));
  const live = one(query.live) !== "off";
  const [page, loads, history, [slo]] = await Promise.all([
    projectionPage(context, name),
    partitionLoads(context, name),
    // A time that nobody can look at is left out, as if it had not been said.
    lagHistory(context, name, zoom ?? range).catch((error: unknown) => {
      if (error instanceof InvalidRequest) return lagHistory(context, name, range);
      throw error;
    }),
    sloStatus(context.reads, name),
  ]).catch((error: unknown) => {
    // Whoever only knows the name of a consumer links to here.
    if (context.catalog.processes.some((process) => process.name === name)) redirect(urls.process(store, name));
    if (error instanceof NotFound) notFound();
    throw error;
  });
  const { projection } = page;
  const zoomed = history.range === null;
  const here = (change: { range?: string; live?: string | undefined }) =>
    urls.projection(store, name, { range: one(query.range), live: one(query.live), p: one(query.p), ...change });
  const withZoom = (live: string | undefined) =>
    urls.projection(store, name, { range: one(query.range), p: one(query.p), ...(zoomed ? zoom : {}), live });
  return (
    <div data-copy-page={name}>
      <PageHeader
        parent={{ href: urls.projections(store), label: "Projections" }}
        title={name}
        status={
          <>
            <StatusPill status={projectionStatus[projection.state]}>{projection.state}</StatusPill>
            <span className="text-data">
              {projection.reason ? `${projection.reason} · ` : ""}v{projection.version} · {projection.style}
              {projection.stateBy && projection.state === "paused" ? ` · by ${projection.stateBy}` : ""}
            </span>
          </>
        }
      >
        <LiveRefresh
          on={live}
          after={page.highWater}
          store={store}
          gauges={["lag"]}
          liveHref={withZoom(undefined)}
          pausedHref={withZoom("off")}
        />
        <Link href={urls.readModel(store, name)} className="btn" aria-keyshortcuts="m">
          Rows
        </Link>
        {projection.mode === "async" && hasRole(principal, "operator") ? (
          <>
            <PauseOrResume
              url={urls.api(store, `/projections/${encodeURIComponent(name)}`)}
              name={name}
              paused={projection.state === "paused"}
            />
            <Link href={urls.rebuild(store, name)} className="btn">
              Rebuild…
            </Link>
          </>
        ) : null}
      </PageHeader>
      {projection.description ? <p className="px-4 pt-2 text-muted">{projection.description}</p> : null}
      <ProjectionFigures projection={projection} working={page.working} />
      <ParkedLine store={store} projection={projection} />
      <ProjectionErrors store={store} partitions={page.partitions} />
      {projection.mode === "inline" ? (
        <p className="border-y px-4 py-4 text-muted">
          Written inside the append's own transaction: an event and its rows appear together, so there is no lag to
          draw.
        </p>
      ) : (
        <Section title="Age of the oldest unprocessed event" className="border-t">
          <LagPanel
            store={store}
            ranges={
              <>
                {zoomed ? (
                  <Link href={here({})} scroll={false} className="btn" aria-keyshortcuts="z">
                    Zoom out
                  </Link>
                ) : null}
                <Segments
                  label="Range"
                  choices={lagRanges}
                  chosen={zoomed ? undefined : range}
                  href={(known) => here({ range: known })}
                  keep
                />
              </>
            }
            from={history.from}
            to={history.to}
            zoomHref={here({})}
            sloMs={history.sloMs}
            points={history.points.map(({ at, ageMs, events }) => ({ t: Date.parse(at), ageMs, events }))}
            pace={history.pace.map(({ at, ...rates }) => ({ t: Date.parse(at), ...rates }))}
            working={history.working.map(({ at, ...times }) => ({ t: Date.parse(at), ...times }))}
            marks={history.marks.map(({ at, kind, label, run }) => ({
              ...{ t: Date.parse(at), kind, label },
              href: run === null ? null : urls.run(store, run),
            }))}
          />
          {slo ? <SloLine store={store} slo={slo} /> : null}
        </Section>
      )}
      {projection.mode === "inline" ? null : (
        <Partitions
          store={store}
          name={name}
          rows={page.partitions}
          loads={loads}
          chosen={one(query.p)}
          mayAct={page.partitions.length > 1 && hasRole(principal, "operator")}
        />
      )}
      <Generations store={store} name={name} rows={page.generations} operator={hasRole(principal, "operator")} />
      <Batches store={store} rows={page.batches} />
      <Section title="Reads" className="border-t pb-6">
        <p className="px-4 pb-2 text-muted">
          {projection.types.join(", ")} into{" "}
          <a className="link mono" href={urls.api(store, `/read-models/${encodeURIComponent(name)}`)}>
            {name}
          </a>{" "}
          (
          {Object.entries(page.columns)
            .map(([column, type]) => `${column} ${type}`)
            .join(", ")}
          )
        </p>
      </Section>
    </div>
  );
}

/** The time of its own that a URL asks for; both ends, or none. */
function zoomOf(from: string | undefined, to: string | undefined) {
  return from === undefined || to === undefined ? undefined : { from: withZone(from), to: withZone(to) };
}

/** What a field for a date and a time gives has no zone; the page's times are UTC. */
function withZone(time: string): string {
  return /T\d{2}:\d{2}(:\d{2}(\.\d+)?)?$/.test(time) ? `${time}Z` : time;
}

const policies = {
  "park-stream": "An event that fails is set aside with the later ones of its stream; others go on.",
  "park-event": "An event that fails is set aside alone; the later ones of its stream go on.",
  stop: "Nothing passes an event that fails.",
} as const;

function ParkedLine({
  store,
  projection: { name, mode, parked, onFailure },
}: {
  store: string;
  projection: ProjectionRow;
}) {
  if (mode === "inline") return null;
  const { waiting, retrying } = parked;
  return (
    <p className="px-4 py-2 text-muted text-data">
      {waiting + retrying > 0 ? (
        <>
          <Link className="link" href={urls.deadLetters(store, { consumer: name })}>
            {waiting} parked, {retrying} retrying
          </Link>{" "}
          ·{" "}
        </>
      ) : null}
      {onFailure ? policies[onFailure] : ""}
    </p>
  );
}
