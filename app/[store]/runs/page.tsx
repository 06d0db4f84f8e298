import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { CommandLine, EmptyState } from "@/app/_ui/empty-state";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { choice, one, type SearchParams, wholeNumber } from "@/app/_ui/search-text";
import { Segments } from "@/app/_ui/segments";
import { hasRole } from "@/lib/access/principal";
import { readHighWater } from "@/lib/queries/list-events";
import { listRuns } from "@/lib/queries/list-runs";
import { openStore } from "../open-store";
import { RunTable } from "./run-table";

export const metadata: Metadata = { title: "Runs" };

const LIMIT = 50;
const STATES = ["all", "live", "succeeded", "failed", "cancelled"] as const;

/** Every long job: those at work first in mind, all of them newest first. */
export default async function RunsPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context, principal } = await openStore((await params).store);
  const query = await searchParams;
  const state = choice(query.state, STATES);
  const [kind, subject, live] = [one(query.kind), one(query.subject), one(query.live) !== "off"];
  const cursor = wholeNumber(query.cursor, 1);
  const [found, highWater] = await Promise.all([
    listRuns(context, {
      ...{ kind, subject, limit: LIMIT },
      ...(state === "all" ? {} : { state }),
      ...(cursor === undefined ? {} : { cursor: String(cursor) }),
    }),
    readHighWater(context),
  ]);
  const here = (change: { state?: string; cursor?: string | undefined; live?: string | undefined }) =>
    urls.runs(store, { kind, subject, state: state === "all" ? undefined : state, live: one(query.live), ...change });
  const filtered = kind !== undefined || subject !== undefined || state !== "all" || cursor !== undefined;
  return (
    <>
      <PageHeader title="Runs" status={<Filters store={store} kind={kind} subject={subject} />}>
        <Segments
          label="States"
          choices={STATES}
          chosen={state}
          words={(each) => (each === "live" ? "under way" : each)}
          href={(each) => here({ state: each === "all" ? "" : each })}
        />
        <LiveRefresh
          on={live}
          after={String(highWater)}
          store={store}
          gauges={["runs"]}
          everyMs={1_000}
          liveHref={here({ live: undefined })}
          pausedHref={here({ live: "off" })}
        />
        {hasRole(principal, "operator") ? (
          <ActSheet
            store={store}
            url={urls.api(store, "/verify")}
            label="Verify the log"
            confirm="Verify the log"
            done="Verification begun"
          >
            Looks at every stream for gaps and disorder, and compares every event with the Merkle log and its
            checkpoints. It reads the whole log, changes nothing, and can be paused, slowed down and cancelled.
          </ActSheet>
        ) : null}
      </PageHeader>
      {found.runs.length > 0 ? (
        <RunTable store={store} runs={found.runs} now={Date.now()} />
      ) : filtered ? (
        <EmptyState
          title="No run matches"
          action={
            <Link className="btn" href={urls.runs(store)}>
              Show all runs
            </Link>
          }
        />
      ) : (
        <EmptyState title="No runs yet">
          <p>A rebuild, an import or a verification is a run. To begin one:</p>
          <CommandLine>bin/tidemark verify</CommandLine>
        </EmptyState>
      )}
      <Pager
        summary={`${found.runs.length} shown`}
        newer={cursor === undefined ? undefined : here({ cursor: undefined })}
        newerLabel="Newest"
        older={found.next === null ? undefined : here({ cursor: found.next })}
      />
    </>
  );
}

function Filters({ store, kind, subject }: { store: string; kind: string | undefined; subject: string | undefined }) {
  if (kind === undefined && subject === undefined) return null;
  return (
    <span className="text-data">
      {[kind, subject && `of ${subject}`].filter(Boolean).join(" ")} ·{" "}
      <Link className="link" href={urls.runs(store)}>
        Clear
      </Link>
    </span>
  );
}
