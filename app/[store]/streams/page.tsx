import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { CommandLine, EmptyState } from "@/app/_ui/empty-state";
import { formatCount } from "@/app/_ui/format";

import { Link } from "@/app/_ui/link.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { choice, one, type SearchParams } from "@/app/_ui/search-text";
import { Segments } from "@/app/_ui/segments";
import { ViewsMenu } from "@/app/_ui/views-menu.client";
import { facets } from "@/lib/queries/facets";
import { type StreamsPage as FoundStreams, listStreams } from "@/lib/queries/list-streams";
import { CONTINUE_MS, GO_ON_MS } from "@/lib/queries/search-in-steps";
import { streamsOnward } from "@/lib/queries/search-onward";
import { Later } from "../later";
import { openStore } from "../open-store";
import { StreamTable } from "./stream-table.client";

export const metadata: Metadata = { title: "Streams" };

const LIMIT = 50;

/** The streams of the store: by last activity, or by name from a prefix on. */
export default async function StreamsPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, principal, context } = await openStore((await params).store);
  const query = await searchParams;
  const [text, category, cursor] = [one(query.q), one(query.category), one(query.cursor)];
  const sort = choice(query.sort, ["activity", "name"]);
  const request = {
    ...{ sort, limit: LIMIT },
    ...(text === undefined ? {} : sort === "name" ? { prefix: text } : { contains: text }),
    ...(category === undefined ? {} : { category }),
    ...(cursor === undefined ? {} : { cursor }),
  };
  const [first, names] = await Promise.all([listStreams(context, request), facets(context)]);
  const later = streamsOnward(context, request, first, one(query.scan) === undefined ? GO_ON_MS : CONTINUE_MS);
  const filtered = text !== undefined || category !== undefined;
  const go = ({ next, scan }: FoundStreams) =>
    next === null ? undefined : urls.streams(store, { q: text, category, sort, cursor: next, scan: scan ? "1" : null });
  return (
    <>
      <PageHeader title="Streams">
        <Segments
          label="Order"
          choices={["activity", "name"]}
          chosen={sort}
          words={(order) => (order === "activity" ? "Last activity" : "Name")}
          href={(order) => urls.streams(store, { q: text, category, sort: order })}
        />
        <ViewsMenu store={store} page="streams" owner={principal.id} />
      </PageHeader>
      <form action={urls.streams(store)} className="flex min-h-9 flex-wrap items-center gap-2 px-4 py-1">
        <input type="hidden" name="sort" value={sort} />
        <label htmlFor="streams" className="sr-only">
          Find streams
        </label>
        <input
          id="streams"
          key={text}
          name="q"
          defaultValue={text}
          aria-keyshortcuts="/"
          aria-label="Find streams"
          placeholder={sort === "name" ? "Name begins with…" : "Name contains…"}
          autoComplete="off"
          spellCheck={false}
          className="field mono max-w-md flex-1"
        />
        <select name="category" key={category ?? "all"} defaultValue={category} aria-label="Category" className="field">
          <option value="">All categories</option>
          {names.categories.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
        <button type="submit" className="btn">
          Find
        </button>
        {filtered ? (
          <Link className="link" href={urls.streams(store, { sort })}>
            Clear
          </Link>
        ) : null}
      </form>
      <Later first={first} found={later}>
        {(found, searching) => (
          <>
            {found.streams.length > 0 ? (
              <StreamTable store={store} rows={found.streams} />
            ) : searching ? (
              <EmptyState title="Searching…" />
            ) : found.scan ? (
              <EmptyState title="Nothing found so far">The search has not come to the end yet.</EmptyState>
            ) : (
              <NoStreams store={store} filtered={filtered || cursor !== undefined} />
            )}
            <Pager
              summary={
                <>
                  {found.streams.length} shown
                  {found.scan ? `, ${formatCount(found.scan.scanned)} looked at so far` : ""}
                </>
              }
              newer={cursor === undefined ? undefined : urls.streams(store, { q: text, category, sort })}
              newerLabel="First"
              older={searching ? undefined : go(found)}
              olderLabel={searching ? "Searching…" : found.scan ? "Continue" : "More"}
            />
          </>
        )}
      </Later>
    </>
  );
}

function NoStreams({ store, filtered }: { store: string; filtered: boolean }) {
  return filtered ? (
    <EmptyState
      title="No stream matches"
      action={
        <Link className="btn" href={urls.streams(store)}>
          Show all streams
        </Link>
      }
    />
  ) : (
    <EmptyState title="No streams yet">
      <p>A stream begins with its first event:</p>
      <CommandLine>bin/tidemark append order-1 --type CartOpened --data file.json</CommandLine>
    </EmptyState>
  );
}
