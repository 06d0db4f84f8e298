import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { hasRole } from "@/lib/access/principal";
import { openStore } from "../../open-store";
import { EventDetail } from "../event-detail";
import { payloadViews } from "../payload-panel";
import { readEvent } from "../read-event";

type Props = { params: Promise<{ store: string; id: string }>; searchParams: SearchParams };

/** The tab names the event's type and position. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  const { store, id } = await params;
  const { event } = await readEvent(store, "id", id);
  return { title: `${event.type} #${event.position}` };
}

/** One event by its id. */
export default async function EventByIdPage({ params, searchParams }: Props) {
  const { store: slug, id } = await params;
  const [{ store, principal }, page, query] = await Promise.all([
    openStore(slug),
    readEvent(slug, "id", id),
    searchParams,
  ]);
  const view = payloadViews.find((known) => known === one(query.view));
  return (
    <EventDetail
      store={store}
      page={page}
      view={view}
      mayReveal={hasRole(principal, "privacy-officer")}
      here={urls.event(store, page.event.id)}
    />
  );
}
