import { notFound } from "next/navigation";
import { cache } from "react";
import { NotFound } from "@/lib/kernel/errors";
import { isUuid } from "@/lib/kernel/ids";
import { parsePosition } from "@/lib/kernel/position";
import { type EventPage, eventPage } from "@/lib/queries/event-page";
import { openStore } from "../open-store";

/** Reads the page of an event by its id or its position, whichever `name` is; answers 404 for anything else. */
export const readEvent = cache(async (slug: string, by: "id" | "position", name: string): Promise<EventPage> => {
  const { context } = await openStore(slug);
  const text = decodeURIComponent(name).toLowerCase();
  if (by === "id" ? !isUuid(text) : parsePosition(text) === undefined) notFound();
  try {
    return await eventPage(context, by === "id" ? { id: text } : { position: text });
  } catch (error) {
    if (error instanceof NotFound) notFound();
    throw error;
  }
});
