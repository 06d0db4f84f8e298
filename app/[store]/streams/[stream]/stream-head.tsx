import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { CopyButton } from "@/app/_ui/copy-button.client";
import { formatBytes, formatCount, plural } from "@/app/_ui/format";
import { InstanceLinks } from "@/app/_ui/instance-links";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader } from "@/app/_ui/page-header";
import type { StreamPage } from "@/lib/queries/stream-page";
import type { Here } from "./here";

/** The head of a stream's page: its name and size, and what may be done with it. */
export function StreamHead({
  store,
  page,
  instances,
  live,
  mayAct,
  here,
}: {
  store: string;
  page: StreamPage;
  instances: React.ComponentProps<typeof InstanceLinks>["instances"];
  live: boolean;
  mayAct: boolean;
  here: Here;
}) {
  const { stream: name, version, bytes, lastPosition } = page.stream;
  return (
    <PageHeader
      parent={{ href: urls.streams(store), label: "Streams" }}
      title={name}
      mono
      status={
        <span className="flex flex-wrap items-center gap-x-2 text-data">
          <CopyButton text={name} what="stream" />
          <span className="whitespace-nowrap">
            version {formatCount(version)} · {plural(version, "event")} · {formatBytes(bytes)}
          </span>
          <InstanceLinks store={store} instances={instances} />
        </span>
      }
    >
      {page.decider?.snapshots && mayAct ? (
        <ActSheet
          store={store}
          url={urls.api(store, `/streams/${encodeURIComponent(name)}/snapshots/take`)}
          label="Snapshot now"
          confirm={`Take a snapshot of ${name}`}
          done="Snapshot taken"
        >
          Puts the state at the last version aside, so that loading the stream begins there. It changes no event.
        </ActSheet>
      ) : null}
      <Link href={urls.compareStreams(store, { ids: name })} className="btn" aria-keyshortcuts="=">
        Compare
      </Link>
      <LiveRefresh
        on={live}
        after={lastPosition ?? "0"}
        store={store}
        about={{ stream: name }}
        liveHref={here({ live: undefined })}
        pausedHref={here({ live: "off" })}
      />
    </PageHeader>
  );
}
