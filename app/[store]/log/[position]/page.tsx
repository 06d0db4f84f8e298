import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { hasRole } from "@/lib/access/principal";
import { EventDetail } from "../../events/event-detail";
import { payloadViews } from "../../events/payload-panel";
import { readEvent } from "../../events/read-event";
import { openStore } from "../../open-store";

type Props = { params: Promise<{ store: string; position: string }>; searchParams: SearchParams };

/** The tab names the event's type and position. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { store, position } = await params;
  const { event } = await readEvent(store, "position", position);
  return { title: `${event.type} #${event.position}` };
}

/** One event by its global position. */
export default async function EventByPositionPage({ params, searchParams }: Props) {
  const { store: slug, position } = await params;
  const [{ store, principal }, page, query] = await Promise.all([
    openStore(slug),
    readEvent(slug, "position", position),
    searchParams,
  ]);
  const view = payloadViews.find((known) => known === one(query.view));
  return (
    <EventDetail
      store={store}
      page={page}
      view={view}
      mayReveal={hasRole(principal, "privacy-officer")}
      here={urls.position(store, page.event.position)}
    />
  );
}
