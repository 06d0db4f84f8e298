import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { PositionPill } from "@/app/_ui/position-pill";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { COMPARED_MAX, compareStreams } from "@/lib/queries/compare-streams";
import { openStore } from "../open-store";

export const metadata: Metadata = { title: "Compare streams" };

const LIMIT = 100;

/** What happened between some streams: one lane each, in the order of the log. `?ids=` names them, with commas. */
export default async function CompareStreamsPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context } = await openStore((await params).store);
  const query = await searchParams;
  const asked = [one(query.ids) ?? "", one(query.add) ?? ""].join(",").split(",");
  const ids = [...new Set(asked.map((id) => id.trim()).filter(Boolean))].slice(0, COMPARED_MAX);
  const before = one(query.before);
  const found = ids.length === 0 ? undefined : await compareStreams(context, ids, { before, limit: LIMIT });
  const here = (lanes: readonly string[], at?: string) =>
    urls.compareStreams(store, { ids: lanes.join(","), before: at });
  const without = (id: string) => here(ids.filter((other) => other !== id));
  return (
    <>
      <PageHeader parent={{ href: urls.streams(store), label: "Streams" }} title="Compare">
        <form action={urls.compareStreams(store)} className="flex items-center gap-2">
          <input type="hidden" name="ids" value={ids.join(",")} />
          <input
            name="add"
            aria-label="Add a stream"
            aria-keyshortcuts="+ /"
            placeholder="Add a stream, as order-42"
            autoComplete="off"
            spellCheck={false}
            className="field mono w-64"
          />
          <button type="submit" className="btn" disabled={ids.length >= COMPARED_MAX}>
            Add
          </button>
        </form>
      </PageHeader>
      {found ? (
        <>
          <ul aria-label="Lanes" className="md:hidden">
            {ids.map((id) => (
              <li key={id} className="flex min-h-11 items-center gap-2 border-b px-4">
                <Lane store={store} id={id} missing={found.missing.includes(id)} without={without(id)} />
              </li>
            ))}
          </ul>
          <div className="relative md:overflow-x-auto">
            <table className="table stack plain" aria-label="Events of the streams" aria-rowcount={-1}>
              <thead>
                <tr>
                  <th scope="col">Recorded</th>
                  <th scope="col">Position</th>
                  {ids.map((id) => (
                    <th key={id} scope="col" className="normal-case!">
                      <span className="flex items-center gap-2 max-md:hidden">
                        <Lane store={store} id={id} missing={found.missing.includes(id)} without={without(id)} />
                      </span>
                      <span className="md:hidden">{id}</span>
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {found.events.map((event) => (
                  <tr key={event.id} data-copy={event.id}>
                    <td className="bare text-muted">
                      <TimeCell at={event.recordedAt} />
                    </td>
                    <td className="bare">
                      <PositionPill position={event.position} href={urls.position(store, event.position)} />
                    </td>
                    {ids.map((id) => (
                      <td
                        key={id}
                        className={
                          id === event.stream ? "bare border-l-2 border-l-brand max-md:-order-1 max-md:basis-full" : ""
                        }
                      >
                        {id === event.stream ? (
                          <span className="flex flex-wrap items-baseline gap-x-2">
                            <span className="mono w-full truncate text-faint md:hidden">{id}</span>
                            <Link href={urls.event(store, event.id)} data-row className="font-medium hover:text-brand">
                              {event.type}
                            </Link>
                            <Link
                              href={urls.stream(store, id, { version: event.version, view: "diff" })}
                              className="link text-label"
                              title="What it changed"
                            >
                              {event.version}
                            </Link>
                            <span className="text-faint text-label">{event.actor ?? ""}</span>
                          </span>
                        ) : null}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
          <Pager
            summary={`${plural(found.events.length, "event")} shown`}
            newer={before === undefined ? undefined : here(ids)}
            newerLabel="Newest"
            older={found.next === null ? undefined : here(ids, found.next)}
          />
        </>
      ) : (
        <EmptyState title="Choose streams to compare">
          Add up to {COMPARED_MAX} streams above: each gets a lane, and their events stand in the order of the log.
        </EmptyState>
      )}
    </>
  );
}

/** The head of a lane: the stream, whether it is there, and the way to be rid of it. */
function Lane({ store, id, missing, without }: { store: string; id: string; missing: boolean; without: string }) {
  return (
    <>
      <Link href={urls.stream(store, id)} className="link mono min-w-0 truncate">
        {id}
      </Link>
      {missing ? <span className="text-bad">no such stream</span> : null}
      <Link href={without} className="link p-1" aria-label={`Take ${id} away`} title="Take away">
        ×
      </Link>
    </>
  );
}
