import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { CopyButton } from "@/app/_ui/copy-button.client";
import { formatBytes, formatCount, plural } from "@/app/_ui/format";
import { InstanceLinks } from "@/app/_ui/instance-links";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader } from "@/app/_ui/page-header";
import { choice, one, type SearchParams, wholeNumber } from "@/app/_ui/search-text";
import { VersionSlider } from "@/app/_ui/version-slider.client";
import { NotFound } from "@/lib/kernel/errors";
import { instancesOfStream } from "@/lib/queries/instances-of";
import { streamEvents } from "@/lib/queries/stream-events";
import { streamPage } from "@/lib/queries/stream-page";
import { openStore } from "../../open-store";
import { ReadModelsReached } from "./read-models-reached";
import { StateAtVersion, stateViews } from "./state-at-version";
import { StreamEvents } from "./stream-events";

type Props = { params: Promise<{ store: string; stream: string }>; searchParams: SearchParams };

/** The tab names the stream. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).stream) };
}

/** How a stream got into its state: its events, its state at any version, and how far each read model has come with it. */
export default async function StreamDetailPage({ params, searchParams }: Props) {
  const { store: slug, stream: encoded } = await params;
  const { store, context } = await openStore(slug);
  const name = decodeURIComponent(encoded);
  const query = await searchParams;
  const head = await streamPage(context, name).catch((error: unknown) => {
    if (error instanceof NotFound) notFound();
    throw error;
  });
  const latest = head.stream.version;
  const version = Math.min(latest, wholeNumber(query.version, 1) ?? latest);
  const from = Math.min(latest, wholeNumber(query.from, 1) ?? windowTop(version, latest));
  const view = choice(query.view, stateViews);
  const [events, instances] = await Promise.all([
    streamEvents(context, name, { from, limit: WINDOW, direction: "backwards" }),
    instancesOfStream(context.reads, name),
  ]);
  const live = one(query.live) !== "off";
  const here = (change: Record<string, string | number | undefined>) =>
    urls.stream(store, name, {
      version: one(query.version),
      view: one(query.view),
      live: one(query.live),
      from: one(query.from),
      ...change,
    });
  return (
    <div data-copy-page={name} className="flex min-h-[calc(100dvh-44px)] flex-col max-md:min-h-[calc(100dvh-100px)]">
      <PageHeader
        parent={{ href: urls.streams(store), label: "Streams" }}
        title={name}
        mono
        status={
          <span className="flex items-center gap-2 text-data">
            <CopyButton text={name} what="stream" />
            version {formatCount(latest)} · {plural(latest, "event")} · {formatBytes(head.stream.bytes)}
            <InstanceLinks store={store} instances={instances} />
          </span>
        }
      >
        <LiveRefresh
          on={live}
          after={head.stream.lastPosition ?? "0"}
          url={urls.live(store, { stream: name })}
          liveHref={here({ live: undefined })}
          pausedHref={here({ live: "off" })}
        />
      </PageHeader>
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
        <div className="order-1 min-w-0 lg:order-2">
          <StateAtVersion store={store} name={name} version={version} view={view} here={here} />
        </div>
      </div>
      <div className="sticky bottom-0 z-3 border-t bg-surface max-md:bottom-14">
        <VersionSlider
          version={version}
          head={latest}
          hrefPattern={here({ version: "{version}", from: undefined }).replace("%7Bversion%7D", "{version}")}
        />
        <ReadModelsReached store={store} reaches={head.readModels} />
      </div>
    </div>
  );
}

/** Events listed at once. */
const WINDOW = 100;

/** The newest version to list so that the chosen one is in the window, with some newer ones above it. */
function windowTop(version: number, latest: number): number {
  return latest - version < WINDOW - 5 ? latest : Math.min(latest, version + 20);
}
