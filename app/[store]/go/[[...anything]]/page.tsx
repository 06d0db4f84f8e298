import { notFound, redirect } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { hitHref } from "@/app/_ui/hit-href";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { InvalidRequest } from "@/lib/kernel/errors";
import { findExact } from "@/lib/queries/search";
import { openStore } from "../../open-store";

/**
 * Opens whatever was pasted: an event id, a position, a stream, a correlation, a type, a projection or process, a run
 * (`R-12`), an alert (`A-12`), a command. What is not exactly one thing is searched for.
 */
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
  if (text === "") redirect(urls.search(store));
  const [hit] = await findExact(context, text).catch((error: unknown) => {
    if (error instanceof InvalidRequest) notFound();
    throw error;
  });
  const processes = context.catalog.processes.map(({ name }) => name);
  redirect(hit ? hitHref(store, hit, processes) : urls.search(store, { q: text }));
}
