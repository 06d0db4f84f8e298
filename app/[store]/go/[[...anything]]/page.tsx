import { notFound, redirect } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { NotFound } from "@/lib/kernel/errors";
import { isUuid } from "@/lib/kernel/ids";
import { parsePosition } from "@/lib/kernel/position";
import { eventPage } from "@/lib/queries/event-page";
import { listEvents } from "@/lib/queries/list-events";
import type { QueryContext } from "@/lib/queries/query-context";
import { streamPage } from "@/lib/queries/stream-page";
import { openStore } from "../../open-store";

/** Opens whatever was pasted: a position, an event id, a stream, a correlation, or a projection by its name. */
export default async function GoPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string; anything?: string[] }>;
  searchParams: SearchParams;
}) {
  const { store: slug, anything } = await params;
  const { store, context } = await openStore(slug);
  const text = (anything?.map(decodeURIComponent).join("/") ?? one((await searchParams).q) ?? "").trim();
  const target = text === "" ? undefined : await resolve(store, context, text);
  if (target === undefined) notFound();
  redirect(target);
}

async function resolve(store: string, context: QueryContext, text: string): Promise<string | undefined> {
  const position = text.replace(/^#|,/g, "");
  if (/^\d+$/.test(position)) {
    return parsePosition(position) === undefined ? undefined : urls.position(store, position);
  }
  const name = text.replace(/^@/, "");
  if (context.catalog.projections.some((projection) => projection.name === name)) return urls.projection(store, name);
  const id = name.toLowerCase();
  if (isUuid(id) && (await exists(() => eventPage(context, { id })))) return urls.event(store, id);
  if (await exists(() => streamPage(context, name))) return urls.stream(store, name);
  const { events } = await listEvents(context, { correlation: name, limit: 1 });
  return events.length > 0 ? urls.trace(store, name) : undefined;
}

async function exists(read: () => Promise<unknown>): Promise<boolean> {
  try {
    await read();
    return true;
  } catch (error) {
    if (error instanceof NotFound) return false;
    throw error;
  }
}
