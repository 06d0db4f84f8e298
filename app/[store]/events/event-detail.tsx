import { urls } from "@/app/_lib/urls";
import { Link } from "@/app/_ui/link.client";
import { PageHeader } from "@/app/_ui/page-header";
import { PositionPill } from "@/app/_ui/position-pill";
import type { EventPage } from "@/lib/queries/event-page";
import { Causation } from "./causation";
import { EventFacts } from "./event-facts";
import { EventProof } from "./event-proof.client";
import { PayloadPanel, type PayloadView } from "./payload-panel";
import { ProcessedBy } from "./processed-by";

/** The page of one event: what was said, what led to it, what it led to, and what every consumer did with it. */
export function EventDetail({
  store,
  page,
  view,
  here,
  mayReveal,
}: {
  store: string;
  page: EventPage;
  view: PayloadView | undefined;
  here: string;
  mayReveal: boolean;
}) {
  const { event, neighbours } = page;
  return (
    <div data-copy-page={event.id}>
      <PageHeader
        parent={{ href: urls.events(store), label: "Event log" }}
        title={event.type}
        status={
          <>
            <Link
              href={urls.schemaVersion(store, event.type, event.schemaVersion)}
              className="link text-data"
              title="What this version means"
            >
              v{event.schemaVersion}
            </Link>
            <PositionPill position={event.position} href={urls.position(store, event.position)} />
          </>
        }
      >
        <Neighbour store={store} id={neighbours.newerInStream} keys="k" label="Newer in stream" mark="‹" />
        <Neighbour store={store} id={neighbours.olderInStream} keys="j" label="Older in stream" mark="›" after />
      </PageHeader>
      <div className="grid gap-4 p-4 xl:grid-cols-[minmax(0,1fr)_480px]">
        <div className="min-w-0 space-y-4">
          <PayloadPanel store={store} page={page} view={view} here={here} mayReveal={mayReveal} />
          {event.metadata === null ? null : (
            <details className="panel">
              <summary className="caps px-4 py-1.5">Metadata</summary>
              <pre className="mono wrap-anywhere whitespace-pre-wrap border-t px-4 py-2">{event.metadata}</pre>
            </details>
          )}
          <Causation store={store} page={page} />
        </div>
        <div className="min-w-0 space-y-4">
          <EventFacts store={store} page={page} />
          <ProcessedBy store={store} steps={page.processedBy} />
          <EventProof key={event.id} store={store} id={event.id} />
        </div>
      </div>
    </div>
  );
}

function Neighbour({
  store,
  id,
  keys,
  label,
  mark,
  after = false,
}: {
  store: string;
  id: string | null;
  keys: string;
  label: string;
  mark: string;
  after?: boolean;
}) {
  const text = (
    <>
      {after ? null : <span aria-hidden="true">{mark}</span>}
      <span>{label}</span>
      <kbd className="kbd">{keys}</kbd>
      {after ? <span aria-hidden="true">{mark}</span> : null}
    </>
  );
  if (id === null) {
    return (
      <span aria-disabled="true" className="btn opacity-50">
        {text}
      </span>
    );
  }
  return (
    <Link href={urls.event(store, id)} className="btn" aria-keyshortcuts={keys} aria-label={label}>
      {text}
    </Link>
  );
}
