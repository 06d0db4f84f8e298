import type { Metadata } from "next";
import { Suspense } from "react";
import { urls } from "@/app/_lib/urls";
import { CommandLine, EmptyState } from "@/app/_ui/empty-state";
import { formatDuration } from "@/app/_ui/format";
import { GoBox } from "@/app/_ui/go-box";
import { hitHref } from "@/app/_ui/hit-href";
import { Link } from "@/app/_ui/link.client";
import { PageHeader } from "@/app/_ui/page-header";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { SkeletonRows } from "@/app/_ui/skeleton";
import { TidemarkError } from "@/lib/kernel/errors";
import type { QueryContext } from "@/lib/queries/query-context";
import { type SearchGroup, type SearchKind, searchKinds, searchOne } from "@/lib/queries/search";
import { openStore } from "../open-store";

export const metadata: Metadata = { title: "Search" };

const WORDS: Readonly<Record<SearchKind, string>> = {
  event: "Events",
  position: "Positions",
  stream: "Streams",
  trace: "Traces",
  type: "Event types",
  consumer: "Projections and processes",
  run: "Runs",
  alert: "Alerts",
  command: "Commands",
};

/** Half an id or a word: what there is of it, by kind. Each source comes when it has it, with the time it took. */
export default async function SearchPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context } = await openStore((await params).store);
  const query = await searchParams;
  const text = one(query.q)?.trim();
  const wanted = one(query.kind);
  const kinds = searchKinds.filter((kind) => wanted === undefined || kind === wanted);
  const sources = text === undefined ? [] : kinds.map((kind) => ({ kind, asked: ask(context, kind, text) }));
  return (
    <>
      <PageHeader title="Search">
        <GoBox action={urls.search(store)} value={text} label="Search" keys="/" />
      </PageHeader>
      <nav aria-label="Kinds" className="flex flex-wrap gap-1 px-4 py-1.5">
        {[undefined, ...searchKinds].map((kind) => (
          <Link
            key={kind ?? "all"}
            href={urls.search(store, { q: text, kind })}
            aria-current={kind === wanted ? "true" : undefined}
            className="btn aria-[current]:bg-selected"
          >
            {kind === undefined ? "All" : WORDS[kind]}
          </Link>
        ))}
      </nav>
      {text === undefined ? (
        <EmptyState title="What do you have?">
          <p>An event id, a position, a part of a stream's name, a correlation, a type, a run (R-12), a command.</p>
          <CommandLine>bin/tidemark search order-42</CommandLine>
        </EmptyState>
      ) : null}
      {sources.map(({ kind, asked }) => (
        <Suspense key={`${kind}:${text}`} fallback={<Waiting kind={kind} />}>
          <Group store={store} context={context} kind={kind} text={text ?? ""} asked={asked} />
        </Suspense>
      ))}
      {text === undefined ? null : (
        <Suspense key={text}>
          <NothingAtAll store={store} text={text} asked={sources.map(({ asked }) => asked)} />
        </Suspense>
      )}
    </>
  );
}

type Answer = SearchGroup | { readonly fault: string };

/** A source that fails must not take the others along. */
async function ask(context: QueryContext, kind: SearchKind, text: string): Promise<Answer> {
  try {
    return await searchOne(context, kind, text);
  } catch (error) {
    if (error instanceof TidemarkError) return { fault: error.message };
    throw error;
  }
}

async function Group({
  store,
  context,
  kind,
  text,
  asked,
}: {
  store: string;
  context: QueryContext;
  kind: SearchKind;
  text: string;
  asked: Promise<Answer>;
}) {
  const answer = await asked;
  if ("fault" in answer) {
    return (
      <p role="alert" className="px-4 py-1 text-bad text-data">
        {WORDS[kind]} could not be searched: {answer.fault}
      </p>
    );
  }
  if (answer.hits.length === 0) return null;
  const processes = context.catalog.processes.map(({ name }) => name);
  return (
    <section aria-label={WORDS[kind]} className="border-t pb-1">
      <div className="flex min-h-7 items-center justify-between px-4 pt-1">
        <h2 className="caps">{WORDS[kind]}</h2>
        <span className="text-faint text-label">{formatDuration(answer.ms)}</span>
      </div>
      <ul>
        {answer.hits.map((hit) => (
          <li
            key={hit.id}
            data-row-item
            data-copy={hit.id}
            className="flex min-h-7 items-center gap-3 px-4 hover:bg-hover"
          >
            <Link
              href={hitHref(store, hit, processes)}
              data-row
              className="mono min-w-0 truncate font-medium hover:text-brand"
            >
              {hit.id}
            </Link>
            {hit.exact ? <span className="rounded-control border px-1.5 text-label">exact</span> : null}
            <span className="min-w-0 truncate text-muted text-data">{hit.note}</span>
          </li>
        ))}
      </ul>
      {answer.more ? (
        <p className="px-4 text-muted text-data">
          There may be more.{" "}
          {kind === "stream" ? (
            <Link className="link" href={urls.streams(store, { q: text, sort: "activity" })}>
              Look through all streams
            </Link>
          ) : (
            "Write more of the name."
          )}
        </p>
      ) : null}
    </section>
  );
}

function Waiting({ kind }: { kind: SearchKind }) {
  return (
    <section aria-label={WORDS[kind]} className="border-t">
      <h2 className="caps px-4 pt-2">{WORDS[kind]}</h2>
      <SkeletonRows rows={1} label={`Searching ${WORDS[kind]}`} />
    </section>
  );
}

async function NothingAtAll({
  store,
  text,
  asked,
}: {
  store: string;
  text: string;
  asked: readonly Promise<Answer>[];
}) {
  const answers = await Promise.all(asked);
  if (answers.some((answer) => "fault" in answer || answer.hits.length > 0)) return null;
  return (
    <EmptyState
      title="Nothing has this name"
      action={
        <Link className="btn" href={urls.events(store, { q: `stream:*${text}*` })}>
          Search the log for it
        </Link>
      }
    >
      Names and ids were searched, not payloads: the event log finds those with data.path:value.
    </EmptyState>
  );
}
