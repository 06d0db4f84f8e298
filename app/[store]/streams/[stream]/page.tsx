import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { choice, one, type SearchParams, wholeNumber } from "@/app/_ui/search-text";
import { hasRole } from "@/lib/access/principal";
import { NotFound } from "@/lib/kernel/errors";
import { instancesOfStream } from "@/lib/queries/instances-of";
import { versionAtTime } from "@/lib/queries/position-at";
import type { QueryContext } from "@/lib/queries/query-context";
import { streamEvents } from "@/lib/queries/stream-events";
import { streamPage } from "@/lib/queries/stream-page";
import { openStore } from "../../open-store";
import { isoOf } from "./jump-to-time";
import { StateAtVersion, stateViews } from "./state-at-version";
import { StreamEvents } from "./stream-events";
import { StreamHead } from "./stream-head";
import { TimeBar } from "./time-bar";
import { WhatIf } from "./what-if";

type Props = { params: Promise<{ store: string; stream: string }>; searchParams: SearchParams };

/** The tab names the stream. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).stream) };
}

/** Streams were compared at the address that a stream of the name `compare` has; links to there still work. */
function comparison(store: string, { ids, add, before }: Awaited<SearchParams>): string {
  return urls.compareStreams(store, { ids: one(ids), add: one(add), before: one(before) });
}

/** How a stream got into its state: its events, its state at any version, and how far each read model has come with it. */
export default async function StreamDetailPage({ params, searchParams }: Props) {
  const { store: slug, stream: encoded } = await params;
  const { store, context, principal } = await openStore(slug);
  const name = decodeURIComponent(encoded);
  const query = await searchParams;
  const compared = name === "compare" && (query.ids !== undefined || query.add !== undefined);
  if (compared) redirect(comparison(store, query));
  const head = await streamPage(context, name).catch((error: unknown) => {
    if (!(error instanceof NotFound)) throw error;
    if (name === "compare") redirect(comparison(store, query));
    notFound();
  });
  const latest = head.stream.version;
  const at = one(query.at);
  const then = at === undefined ? undefined : await versionThen(context, name, at);
  const version = Math.min(latest, Math.max(1, then ?? wholeNumber(query.version, 1) ?? latest));
  const versus = wholeNumber(query.vs, 0) ?? version - 1;
  const from = Math.min(latest, wholeNumber(query.from, 1) ?? windowTop(version, latest));
  const view = choice(query.view, stateViews);
  const [events, instances] = await Promise.all([
    streamEvents(context, name, { from, limit: WINDOW, direction: "backwards" }),
    instancesOfStream(context.reads, name),
  ]);
  const here = (change: Record<string, string | number | undefined>) =>
    urls.stream(store, name, {
      version: then ?? one(query.version),
      vs: one(query.vs),
      where: one(query.where),
      after: one(query.after),
      run: one(query.run),
      view: one(query.view),
      live: one(query.live),
      from: one(query.from),
      ...change,
    });
  return (
    <div data-copy-page={name} className="flex min-h-[calc(100dvh-44px)] flex-col max-md:min-h-[calc(100dvh-100px)]">
      <StreamHead
        store={store}
        page={head}
        instances={instances}
        live={one(query.live) !== "off"}
        mayAct={hasRole(principal, "operator")}
        here={here}
      />
      <div className="grid flex-1 lg:grid-cols-[minmax(0,11fr)_minmax(0,9fr)]">
        <div className="order-2 min-w-0 lg:order-1 lg:border-r">
          <StreamEvents
            store={store}
            stream={name}
            events={events.events}
            version={version}
            latest={latest}
            here={here}
          />
        </div>
        <div className="order-1 min-w-0 lg:sticky lg:top-11 lg:order-2 lg:max-h-[var(--room,calc(100dvh-260px))] lg:self-start lg:overflow-y-auto">
          <StateAtVersion
            store={store}
            name={name}
            version={version}
            versus={Math.min(latest, versus)}
            view={view}
            eventId={events.events.find((event) => event.version === version)?.id}
            here={here}
            mayReveal={hasRole(principal, "privacy-officer")}
          />
          {head.decider ? (
            <WhatIf
              store={store}
              name={name}
              version={version}
              chosen={one(query.run)}
              commands={context.catalog
                .describe()
                .commands.filter(({ category }) => category === head.decider?.category)}
              here={here}
            />
          ) : null}
        </div>
      </div>
      <TimeBar
        store={store}
        page={head}
        version={version}
        at={at === undefined ? undefined : { text: at, found: then !== undefined }}
        where={one(query.where)}
        after={wholeNumber(query.after, 0)}
        here={here}
      />
    </div>
  );
}

/** The version at a time, or undefined when the text is no time. */
async function versionThen({ reads }: QueryContext, name: string, at: string): Promise<number | undefined> {
  const time = isoOf(at);
  return time === undefined ? undefined : versionAtTime(reads, name, time);
}

/** Events listed at once. */
const WINDOW = 100;

/** The newest version to list so that the chosen one is in the window, with some newer ones above it. */
function windowTop(version: number, latest: number): number {
  return latest - version < WINDOW - 5 ? latest : Math.min(latest, version + 20);
}
