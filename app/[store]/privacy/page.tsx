import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { CommandLine, EmptyState } from "@/app/_ui/empty-state";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { choice, one, type SearchParams } from "@/app/_ui/search-text";
import { hasRole } from "@/lib/access/principal";
import { InvalidRequest } from "@/lib/kernel/errors";
import { keyStatus } from "@/lib/queries/key-status";
import { readHighWater } from "@/lib/queries/list-events";
import { listShreds, type ShredFilter } from "@/lib/queries/list-shreds";
import { openStore } from "../open-store";
import { OfficersOnly } from "./officers-only";
import { PrivacyTabs } from "./privacy-tabs";
import { RequestTable } from "./request-table";
import { SealingState } from "./sealing-state";

export const metadata: Metadata = { title: "Privacy" };

const LIMIT = 50;

/** As many as a phone has room for. */
const FILTERS = ["open", "overdue", "completed", "refused", "void"] as const satisfies readonly ShredFilter[];

const NONE: Readonly<Record<(typeof FILTERS)[number], string>> = {
  open: "No request is open",
  overdue: "No request is overdue",
  completed: "Nobody was forgotten yet",
  refused: "No request was refused",
  void: "No request is void",
};

/** Who asked to be forgotten, by when it is due, and what became of it. */
export default async function PrivacyPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context, principal, keys, seals } = await openStore((await params).store);
  if (!hasRole(principal, "privacy-officer")) return <OfficersOnly title="Privacy" />;
  const query = await searchParams;
  const state = choice(query.state, FILTERS);
  const [cursor, live] = [one(query.cursor), one(query.live) !== "off"];
  const [found, keyStore, highWater] = await Promise.all([
    listShreds(context, { state, cursor, limit: LIMIT }).catch((error: unknown) => {
      if (error instanceof InvalidRequest) return listShreds(context, { state, limit: LIMIT });
      throw error;
    }),
    keyStatus(keys, seals),
    readHighWater(context),
  ]);
  const here = (change: { state?: string | undefined; cursor?: string | undefined; live?: string | undefined }) =>
    urls.privacy(store, { state: state === "open" ? undefined : state, cursor, live: one(query.live), ...change });
  return (
    <>
      <PageHeader title="Privacy" status={<PrivacyTabs store={store} open="requests" />}>
        <nav aria-label="States" className="segments">
          {FILTERS.map((each) => (
            <Link
              key={each}
              href={here({ state: each === "open" ? undefined : each, cursor: undefined })}
              aria-current={each === state ? "true" : undefined}
            >
              {each}
            </Link>
          ))}
        </nav>
        <LiveRefresh
          on={live}
          after={String(highWater)}
          store={store}
          gauges={["runs"]}
          liveHref={here({ live: undefined })}
          pausedHref={here({ live: "off" })}
        />
        <Link className="btn" data-primary="" href={urls.newShred(store)}>
          Forget a person…
        </Link>
      </PageHeader>
      <SealingState keys={keyStore} />
      {found.requests.length > 0 ? (
        <RequestTable store={store} requests={found.requests} now={Date.now()} />
      ) : (
        <EmptyState
          title={NONE[state]}
          action={
            state === "open" ? undefined : (
              <Link className="btn" href={here({ state: undefined, cursor: undefined })}>
                Show what is open
              </Link>
            )
          }
        >
          {state === "open" ? (
            <>
              <p>A request finds what would be erased. Nothing is, before it is approved.</p>
              <CommandLine>bin/tidemark shreds request - --reason "her letter of 3 May"</CommandLine>
            </>
          ) : null}
        </EmptyState>
      )}
      <Pager
        summary={`${found.requests.length} shown${state === "open" ? ", the next due first" : ", the latest first"}`}
        newer={cursor === undefined ? undefined : here({ cursor: undefined })}
        newerLabel="First"
        older={found.next === null ? undefined : here({ cursor: found.next })}
        olderLabel="More"
      />
    </>
  );
}
