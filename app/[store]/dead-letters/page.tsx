import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { formatAgo, plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { choice, one, type SearchParams } from "@/app/_ui/search-text";
import { Segments } from "@/app/_ui/segments";
import { ViewsMenu } from "@/app/_ui/views-menu.client";
import { listDeadLetterGroups } from "@/lib/queries/dead-letter-groups";
import { countDeadLetters, listDeadLetters } from "@/lib/queries/dead-letters";
import { readHighWater } from "@/lib/queries/list-events";
import { openStore } from "../open-store";
import { GroupTable } from "./group-table";
import { LetterTable } from "./letter-table";

export const metadata: Metadata = { title: "Dead letters" };

const LIMIT = 50;
const LOOKS = ["cause", "letter"] as const;

/** One bug or many, and what is blocked behind: parked events by cause, or one by one. */
export default async function DeadLettersPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context, principal } = await openStore((await params).store);
  const query = await searchParams;
  const by = choice(query.by, LOOKS);
  const [consumer, cursor, live] = [one(query.consumer), one(query.cursor), one(query.live) !== "off"];
  const assignee = by === "cause" ? one(query.assignee) : undefined;
  const page = { consumer, cursor, limit: LIMIT };
  const [found, open, highWater] = await Promise.all([
    by === "cause" ? listDeadLetterGroups(context, { ...page, assignee }) : listDeadLetters(context, page),
    countDeadLetters(context),
    readHighWater(context),
  ]);
  const here = (change: {
    by?: string;
    cursor?: string | undefined;
    consumer?: string | undefined;
    assignee?: string | undefined;
    live?: string | undefined;
  }) =>
    urls.deadLetters(store, {
      ...{ by: by === "cause" ? undefined : by, consumer, assignee, live: one(query.live) },
      ...change,
    });
  const rows = "groups" in found ? found.groups.length : found.letters.length;
  const now = Date.now();
  return (
    <>
      <PageHeader
        title="Dead letters"
        status={
          <span className="text-data">
            {open.count}
            {open.more ? "+" : ""} open
            {open.snoozed > 0 ? `, ${open.snoozed} of them snoozed` : ""}
            {consumer === undefined ? "" : ` · of ${consumer}`}
            {assignee === undefined ? "" : ` · assigned to ${assignee}`}
            {consumer === undefined && assignee === undefined ? null : (
              <>
                {" · "}
                <Link className="link" href={here({ consumer: undefined, assignee: undefined })}>
                  Clear
                </Link>
              </>
            )}
            {by === "cause" && assignee === undefined && open.count > 0 ? (
              <>
                {" · "}
                <Link className="link" href={here({ assignee: principal.id })}>
                  Mine
                </Link>
              </>
            ) : null}
          </span>
        }
      >
        <Segments
          label="Order"
          choices={LOOKS}
          chosen={by}
          words={(each) => (each === "cause" ? "by cause" : "one by one")}
          href={(each) => here({ by: each === "cause" ? "" : each })}
        />
        <LiveRefresh
          on={live}
          after={String(highWater)}
          store={store}
          everyMs={2_000}
          liveHref={here({ live: undefined })}
          pausedHref={here({ live: "off" })}
        />
        <ViewsMenu store={store} page="dead-letters" owner={principal.id} />
      </PageHeader>
      {rows === 0 ? (
        consumer !== undefined || assignee !== undefined || cursor !== undefined ? (
          <EmptyState
            title="No dead letter matches"
            action={
              <Link className="btn" href={urls.deadLetters(store)}>
                Show all
              </Link>
            }
          />
        ) : (
          <EmptyState title="Nothing is parked">
            {open.lastClosedAt === null
              ? "Every event has been applied, at the first or a later try."
              : `The last dead letter was closed ${formatAgo(open.lastClosedAt, now)}.`}
          </EmptyState>
        )
      ) : "groups" in found ? (
        <GroupTable store={store} groups={found.groups} now={now} />
      ) : (
        <LetterTable store={store} letters={found.letters} now={now} />
      )}
      <Pager
        summary={`${plural(rows, by)} shown`}
        newer={cursor === undefined ? undefined : here({ cursor: undefined })}
        newerLabel="First"
        older={found.next === null ? undefined : here({ cursor: found.next })}
        olderLabel="More"
      />
    </>
  );
}
