import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { PendingChange } from "@/app/_ui/pending-change.client";
import { PositionPill } from "@/app/_ui/position-pill";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { readConsistencyToken } from "@/lib/kernel/consistency-token";
import { InvalidRequest, NotFound } from "@/lib/kernel/errors";
import type { QueryContext } from "@/lib/queries/query-context";
import { readModelRows } from "@/lib/queries/read-model-rows";
import { NotYet, waitForReadModel } from "@/lib/queries/wait-for-position";
import { openStore } from "../../../open-store";
import { ReadModelTable } from "./read-model-table";

type Props = { params: Promise<{ store: string; name: string }>; searchParams: SearchParams };

/** The tab names the read model. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `${decodeURIComponent((await params).name)} rows` };
}

/** A page waits this long for a change that its address names; then it says how far the rows are instead. */
const WAIT_MS = 2_000;

/** The rows of a read model by their key, with how fresh they are. `?token=` is that of a write which they shall show. */
export default async function ReadModelPage({ params, searchParams }: Props) {
  const { store: slug, name: encoded } = await params;
  const { store, context } = await openStore(slug);
  const name = decodeURIComponent(encoded);
  const query = await searchParams;
  const [key, after, token] = [one(query.key), one(query.after), one(query.token)];
  const written = token === undefined ? undefined : readConsistencyToken(token);
  const late = written ? await isLate(context, name, written.position) : false;
  const page = await readModelRows(context, name, { key, after }).catch((error: unknown) => {
    if (error instanceof NotFound) notFound();
    if (error instanceof InvalidRequest) return error;
    throw error;
  });
  const refused = page instanceof InvalidRequest ? page.message : undefined;
  const rows = page instanceof InvalidRequest ? [] : page.rows;
  return (
    <>
      <PageHeader
        parent={{ href: urls.projection(store, name), label: name }}
        title="Rows"
        status={
          page instanceof InvalidRequest ? null : (
            <span className="text-data">
              everything up to <PositionPill position={page.checkpoint} /> is in them
            </span>
          )
        }
      >
        <KeyBox value={key} label={page instanceof InvalidRequest ? "key" : (page.primaryKey[0] ?? "key")} />
      </PageHeader>
      {late && token !== undefined && written ? (
        <div className="border-b px-4 py-2">
          <PendingChange store={store} model={name} token={token} position={String(written.position)} refresh />
        </div>
      ) : null}
      {refused ? <p className="px-4 py-3 text-bad">{refused}</p> : null}
      {rows.length === 0 && !refused ? (
        <EmptyState
          title={key === undefined ? "No rows yet" : `No row has the key ${key}`}
          action={
            key === undefined ? null : (
              <Link className="btn" href={urls.readModel(store, name)}>
                Show all
              </Link>
            )
          }
        >
          {key === undefined ? "It fills as its events are handled." : "A key is compared whole, as it is written."}
        </EmptyState>
      ) : null}
      {page instanceof InvalidRequest || rows.length === 0 ? null : <ReadModelTable store={store} page={page} />}
      <Pager
        summary={`${plural(rows.length, "row")} in the order of the key`}
        newer={after === undefined ? undefined : urls.readModel(store, name, { key })}
        newerLabel="First"
        older={
          page instanceof InvalidRequest || page.next === null
            ? undefined
            : urls.readModel(store, name, { key, after: page.next })
        }
        olderLabel="Next"
      />
    </>
  );
}

/** Waits a moment for the change; true when the rows do not have it yet. */
async function isLate(context: QueryContext, name: string, position: bigint): Promise<boolean> {
  try {
    await waitForReadModel(context, name, position, { timeoutMs: WAIT_MS });
    return false;
  } catch (error) {
    if (error instanceof NotYet) return true;
    if (error instanceof NotFound) notFound();
    throw error;
  }
}

function KeyBox({ value, label }: { value: string | undefined; label: string }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: the search element is not yet in every supported browser
    <form role="search" className="flex gap-2">
      <label className="sr-only" htmlFor="key">
        {label}
      </label>
      <input
        id="key"
        name="key"
        defaultValue={value}
        placeholder={`${label}, whole`}
        className="field mono w-56"
        aria-keyshortcuts="/"
        autoComplete="off"
        spellCheck={false}
      />
      <button type="submit" className="btn">
        Find
      </button>
    </form>
  );
}
