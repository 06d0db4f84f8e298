import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { FieldFilter } from "@/app/_ui/field-filter";
import { formatCount } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { choice, one, type SearchParams, wholeNumber } from "@/app/_ui/search-text";
import { Segments } from "@/app/_ui/segments";
import { listAudit } from "@/lib/queries/list-audit";
import { openStore } from "../open-store";
import { AuditTable } from "./audit-table";

export const metadata: Metadata = { title: "Audit" };

const LIMIT = 50;
const OUTCOMES = ["all", "done", "refused"] as const;
const HINTS = { actor: "Who", act: "Act, as pause-run", target: "Target, as order-summary" } as const;

/** Who did what, on what, why, and what was refused. */
export default async function AuditPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context } = await openStore((await params).store);
  const query = await searchParams;
  const outcome = choice(query.outcome, OUTCOMES);
  const filter = { actor: one(query.actor), act: one(query.act), target: one(query.target) };
  const cursor = wholeNumber(query.cursor, 1);
  const found = await listAudit(context, {
    ...{ ...filter, limit: LIMIT },
    ...(outcome === "all" ? {} : { outcome }),
    ...(cursor === undefined ? {} : { cursor: String(cursor) }),
  });
  const here = (change: { outcome?: string; cursor?: string }) =>
    urls.audit(store, { ...filter, outcome: outcome === "all" ? undefined : outcome, ...change });
  const filtered =
    Object.values(filter).some((value) => value !== undefined) || outcome !== "all" || cursor !== undefined;
  return (
    <>
      <PageHeader title="Audit">
        <Segments
          label="Outcome"
          choices={OUTCOMES}
          chosen={outcome}
          href={(each) => here({ outcome: each === "all" ? "" : each })}
        />
      </PageHeader>
      <FieldFilter action={urls.audit(store)} hints={HINTS} values={filter} keys="f" filtered={filtered}>
        {outcome === "all" ? null : <input type="hidden" name="outcome" value={outcome} />}
      </FieldFilter>
      {found.entries.length > 0 ? (
        <AuditTable store={store} entries={found.entries} />
      ) : filtered ? (
        <EmptyState
          title="No entry matches"
          action={
            <Link className="btn" href={urls.audit(store)}>
              Show the whole audit
            </Link>
          }
        />
      ) : (
        <EmptyState title="Nothing has been done yet">
          Each act of an operator, and each refused attempt, is kept here in the transaction of its effect.
        </EmptyState>
      )}
      <Pager
        summary={`${found.entries.length} shown${found.scan ? `, ${formatCount(found.scan.scanned)} looked at so far` : ""}`}
        newer={cursor === undefined ? undefined : here({})}
        newerLabel="Newest"
        older={found.next === null ? undefined : here({ cursor: found.next })}
      />
    </>
  );
}
