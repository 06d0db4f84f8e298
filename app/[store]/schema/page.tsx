import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { formatCount, plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { type Head, PlainTable } from "@/app/_ui/plain-table";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { type SchemaRow, schemaList } from "@/lib/queries/schema-list";
import { openStore } from "../open-store";
import { verdictLooks } from "./verdict";

export const metadata: Metadata = { title: "Schema" };

const HEADS: readonly Head[] = [
  { name: "Event type", look: "w-[24%]" },
  { name: "Code", look: "w-40" },
  { name: "Stored", title: "Stored events of each version" },
  { name: "Readers", num: true, look: "w-24", title: "Deciders, projections and processes that read it" },
  { name: "Personal", num: true, look: "w-24", title: "Personal fields, over all versions" },
  { name: "Last event", look: "w-44" },
  { name: "Released forms", look: "w-40" },
];

/** Every event type that the code knows or the log holds: its versions, how much of each is stored, whether it is kept. */
export default async function SchemaListPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context } = await openStore((await params).store);
  const after = one((await searchParams).after);
  const { types, next, countedUpTo, highWater } = await schemaList(context, { after, limit: 100 });
  return (
    <>
      <PageHeader
        title="Schema"
        status={
          <span className="text-data">
            {countedUpTo === highWater
              ? `counted up to #${formatCount(countedUpTo)}`
              : `counted up to #${formatCount(countedUpTo)} of #${formatCount(highWater)}`}
          </span>
        }
      />
      {types.length === 0 ? (
        <EmptyState title="No event types yet">A domain declares them; an import brings its own.</EmptyState>
      ) : (
        <PlainTable label="Event types" heads={HEADS} whole={false} sticky>
          {types.map((row) => (
            <Row key={row.type} store={store} row={row} />
          ))}
        </PlainTable>
      )}
      <Pager
        summary={`${plural(types.length, "type")} in the order of names`}
        newer={after === undefined ? undefined : urls.schema(store)}
        newerLabel="First"
        older={next === null ? undefined : urls.schema(store, { after: next })}
        olderLabel="Next"
      />
    </>
  );
}

function Row({ store, row }: { store: string; row: SchemaRow }) {
  const last = row.seen
    .map(({ lastAt }) => lastAt)
    .sort()
    .at(-1);
  return (
    <tr data-copy={row.type}>
      <td className="first clip">
        <Link href={urls.schemaType(store, row.type)} data-row className="font-medium hover:text-brand">
          {row.type}
        </Link>
        {row.module ? <span className="ml-2 text-faint text-data">{row.module}</span> : null}
      </td>
      <td className="second">
        {row.known === "unknown" ? (
          <StatusPill status="warn" title="Stored, but this program does not know it: shown as it is, read by nobody">
            not in the code
          </StatusPill>
        ) : row.known === "own" ? (
          <span className="text-muted">Tidemark's own audit</span>
        ) : row.known === "retired" ? (
          <StatusPill status="idle" title="Not written any more; its events are read as others">
            retired
          </StatusPill>
        ) : (
          <span className="text-muted">reads {row.versions.map((version) => `v${version}`).join(", ")}</span>
        )}
      </td>
      <td className="tabular-nums">
        {row.seen.length === 0 ? <span className="text-faint">none</span> : null}
        {row.seen.map(({ version, events }) => (
          <span key={version} className="mr-3 whitespace-nowrap">
            <span className={row.unreadable.includes(version) ? "font-medium text-warn" : "text-faint"}>
              v{version}
            </span>{" "}
            {formatCount(events)}
          </span>
        ))}
      </td>
      <td className="num wide text-muted">{row.readers}</td>
      <td className="num wide text-muted">{row.personal}</td>
      <td className="wide text-muted">{last === undefined ? "–" : <TimeCell at={last} />}</td>
      <td className="wide">
        {row.verdict === null ? (
          <span className="text-faint">–</span>
        ) : (
          <StatusPill status={verdictLooks[row.verdict].status}>{verdictLooks[row.verdict].word}</StatusPill>
        )}
      </td>
    </tr>
  );
}
