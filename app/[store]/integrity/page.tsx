import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { CommandLine, EmptyState } from "@/app/_ui/empty-state";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { one, type SearchParams, wholeNumber } from "@/app/_ui/search-text";
import { StatusPill } from "@/app/_ui/status-pill";
import { hasRole } from "@/lib/access/principal";
import { type Integrity, integrity, listCheckpoints } from "@/lib/queries/integrity";
import { listRuns } from "@/lib/queries/list-runs";
import { openStore } from "../open-store";
import { ChangedHistory } from "./changed-history";
import { CheckpointNote } from "./checkpoint-note";
import { CheckpointTable } from "./checkpoint-table";
import { IntegrityFigures } from "./integrity-figures";
import { SigningKeys } from "./signing-keys";
import { Witnesses } from "./witnesses";

export const metadata: Metadata = { title: "Integrity" };

const LIMIT = 25;

/** Has history been changed: how the Merkle log stands, its signed checkpoints, and the latest verification. */
export default async function IntegrityPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context, principal } = await openStore((await params).store);
  const query = await searchParams;
  const [cursor, sel, live] = [wholeNumber(query.cursor, 1), wholeNumber(query.sel, 1), one(query.live) !== "off"];
  const [found, { checkpoints, next }, { runs }] = await Promise.all([
    integrity(context),
    listCheckpoints(context, { limit: LIMIT, ...(cursor === undefined ? {} : { cursor: String(cursor) }) }),
    listRuns(context, { kind: "verify-log", limit: 1 }),
  ]);
  const here = (change: { cursor?: string | undefined; sel?: string | undefined; live?: string | undefined }) =>
    urls.integrity(store, { cursor, sel, live: one(query.live), ...change });
  return (
    <>
      <PageHeader title="Integrity" status={<Agreement found={found} />}>
        <LiveRefresh
          on={live}
          after={found.highWater}
          store={store}
          gauges={["runs"]}
          liveHref={here({ live: undefined })}
          pausedHref={here({ live: "off" })}
        />
        {hasRole(principal, "privacy-officer") ? (
          <ActSheet
            store={store}
            url={urls.api(store, "/subjects/scan")}
            label="Scan"
            confirm="Look for personal data"
            done="Scan begun"
          >
            Looks through every stored payload for what seems to be about a person and stands in plain text, where
            forgetting does not reach it. It changes nothing; types, paths and counts are in the log of the run, never a
            value.
          </ActSheet>
        ) : null}
        {hasRole(principal, "operator") ? (
          <ActSheet
            store={store}
            url={urls.api(store, "/verify/derived")}
            label="Verify derived"
            confirm="Verify what is derived"
            done="Verification begun"
          >
            Holds against the log what is derived from it: checkpoints of consumers that no code has any more,
            snapshots, and the rows of read models. Wrong snapshots are taken away; all else is told and left. What it
            finds is in the log of the run.
          </ActSheet>
        ) : null}
        {hasRole(principal, "operator") ? (
          <ActSheet
            store={store}
            url={urls.api(store, "/verify")}
            label="Verify"
            confirm="Verify the log"
            done="Verification begun"
            keys="v"
          >
            Reads the whole log: every stream for gaps and disorder, every event against the Merkle log, and that
            against every checkpoint that is kept. It changes nothing, and can be paused, slowed down and cancelled. To
            verify against checkpoints that you held: <span className="mono">tidemark verify --checkpoint FILE</span>
          </ActSheet>
        ) : null}
      </PageHeader>
      {found.alarm === null ? null : (
        <ChangedHistory store={store} alarm={found.alarm} maySettle={hasRole(principal, "admin")} />
      )}
      <IntegrityFigures store={store} found={found} run={runs[0]} />
      <SigningKeys store={store} found={found} mayBegin={hasRole(principal, "admin")} />
      <Witnesses witnesses={found.witnesses} />
      {sel === undefined ? null : <CheckpointNote context={context} size={sel} closeHref={here({ sel: undefined })} />}
      {checkpoints.length > 0 ? (
        <CheckpointTable store={store} rows={checkpoints} selected={sel} here={here} />
      ) : cursor === undefined ? (
        <EmptyState title="Nothing is signed yet">
          <p>The first checkpoint follows within a second or two of the first event, while a worker runs.</p>
          <CommandLine>bin/tidemark integrity</CommandLine>
        </EmptyState>
      ) : (
        <EmptyState
          title="No checkpoint is that old"
          action={
            <Link className="btn" href={here({ cursor: undefined })}>
              Show the latest
            </Link>
          }
        />
      )}
      <Pager
        summary={`${checkpoints.length} shown`}
        newer={cursor === undefined ? undefined : here({ cursor: undefined })}
        newerLabel="Latest"
        older={next === null ? undefined : here({ cursor: next })}
      />
    </>
  );
}

function Agreement({ found }: { found: Integrity }) {
  // A tree that is as signed is no comfort while events are known to be other than it says.
  if (found.alarm !== null) return <StatusPill status="bad">history was changed</StatusPill>;
  if (found.latest === null) return <StatusPill status="stale">nothing signed yet</StatusPill>;
  if (found.agrees === null) return <StatusPill status="warn">the tree cannot be read</StatusPill>;
  if (!found.agrees) return <StatusPill status="bad">the tree contradicts its checkpoint</StatusPill>;
  return (
    <StatusPill
      status="ok"
      title="The tree as it is stored has the root that was signed last. Verify compares every event, too."
    >
      tree as signed
    </StatusPill>
  );
}
