import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { CommandLine, EmptyState } from "@/app/_ui/empty-state";
import { plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { hasRole } from "@/lib/access/principal";
import { snapshotsPage } from "@/lib/queries/snapshots-page";
import { openStore } from "../open-store";
import { Policies } from "./policies";
import { SnapshotActs } from "./snapshot-acts";
import { SnapshotFaults } from "./snapshot-faults";
import { SnapshotTable } from "./snapshot-table";

export const metadata: Metadata = { title: "Snapshots" };

const LIMIT = 50;

/** Are loads fast, and is a snapshot wrong: the policies, each stream's newest snapshot, and what was found. */
export default async function SnapshotsPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context, principal } = await openStore((await params).store);
  const query = await searchParams;
  const [category, cursor, sel] = [one(query.category), one(query.cursor), one(query.sel)];
  const { categories, snapshots, next, faults } = await snapshotsPage(context, { category, cursor, limit: LIMIT });
  const here = (change: Readonly<Record<string, string | undefined>>) =>
    urls.snapshots(store, { category, cursor, sel, ...change });
  const mayAct = hasRole(principal, "operator");
  return (
    <>
      <PageHeader title="Snapshots">
        <nav aria-label="Categories" className="segments">
          {[undefined, ...categories.map((known) => known.category)].map((name) => (
            <Link
              key={name ?? ""}
              href={here({ category: name, cursor: undefined, sel: undefined })}
              aria-current={name === category ? "true" : undefined}
            >
              {name ?? "All"}
            </Link>
          ))}
        </nav>
        {mayAct && category !== undefined && categories.some((known) => known.category === category) ? (
          <ActSheet
            store={store}
            url={urls.api(store, "/snapshots/verify")}
            body={{ category }}
            label="Verify all"
            confirm={`Verify all snapshots of ${category}`}
            done="Verification begun"
            keys="v"
          >
            Begins a run that folds every stream of {category} that has snapshots from its first event. Wrong snapshots
            are taken away and listed here; events are only read.
          </ActSheet>
        ) : null}
      </PageHeader>
      <Policies store={store} categories={categories} />
      {sel === undefined ? null : (
        <SnapshotActs store={store} stream={sel} mayAct={mayAct} closeHref={here({ sel: undefined })} />
      )}
      {snapshots.length > 0 ? (
        <SnapshotTable store={store} rows={snapshots} selected={sel} here={here} />
      ) : categories.length === 0 ? (
        <EmptyState title="No category takes snapshots">
          <p>A decider declares when its states are put aside:</p>
          <CommandLine>{"snapshots: { every: 200 }"}</CommandLine>
        </EmptyState>
      ) : (
        <EmptyState
          title="No snapshots yet"
          action={
            category === undefined && cursor === undefined ? undefined : (
              <Link className="btn" href={urls.snapshots(store)}>
                Show all
              </Link>
            )
          }
        >
          They are taken as streams grow. One can be taken at any time:
          <CommandLine>bin/tidemark snapshots take inventory-MUG-01</CommandLine>
        </EmptyState>
      )}
      <Pager
        summary={`${plural(snapshots.length, "stream")} shown`}
        newer={cursor === undefined ? undefined : here({ cursor: undefined })}
        newerLabel="First"
        older={next === null ? undefined : here({ cursor: next })}
        olderLabel="More"
      />
      <SnapshotFaults store={store} faults={faults} />
    </>
  );
}
