import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { tidemark } from "@/app/_lib/tidemark";
import { urls } from "@/app/_lib/urls";
import { formatAgo, plural } from "@/app/_ui/format";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { choice, one, type SearchParams } from "@/app/_ui/search-text";
import { hasRole } from "@/lib/access/principal";
import { NotFound } from "@/lib/kernel/errors";
import { type DeadLetterGroup, deadLetterGroup } from "@/lib/queries/dead-letter-groups";
import { deadLetter, listDeadLetters } from "@/lib/queries/dead-letters";
import { readHighWater } from "@/lib/queries/list-events";
import { openStore } from "../../open-store";
import { ArrivalsSpark, Care, GroupState } from "../group-state";
import { GroupClosed } from "./group-closed";
import { GroupLetters } from "./group-letters.client";
import { LetterPanes, panes } from "./letter-panes";

export const metadata: Metadata = { title: "Dead letters" };

const LIMIT = 50;

/** One cause: the events that are parked for it, why the chosen one failed, what a dry run says, and the acts. */
export default async function DeadLetterGroupPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string; group: string }>;
  searchParams: SearchParams;
}) {
  const { store: slug, group: name } = await params;
  const { store, context, principal } = await openStore(slug);
  const query = await searchParams;
  const [sel, cursor, live] = [one(query.sel), one(query.cursor), one(query.live) !== "off"];
  const pane = choice(query.pane, panes);
  if (!/^[0-9a-f]{12}$/.test(name)) notFound();
  const [group, { letters, next }, highWater, { config }] = await Promise.all([
    deadLetterGroup(context, name).catch(gone),
    listDeadLetters(context, { group: name, cursor, limit: LIMIT }),
    readHighWater(context),
    tidemark(),
  ]);
  const asked = sel === undefined ? undefined : await deadLetter(context, sel).catch(gone);
  if (!group) return <GroupClosed store={store} group={name} letter={asked} />;
  const chosen = asked ?? letters[0];
  const here = (change: { sel?: string; pane?: string; cursor?: string | undefined; live?: string | undefined }) =>
    urls.deadLetterGroup(store, name, { sel, pane: one(query.pane), cursor, live: one(query.live), ...change });
  return (
    <div data-copy-page={name}>
      <PageHeader
        parent={{ href: urls.deadLetters(store), label: "Dead letters" }}
        title={`${group.consumer} · ${group.error.name}`}
        status={
          <>
            <GroupState group={group} />
            <Care group={group} />
          </>
        }
      >
        <LiveRefresh
          on={live}
          after={String(highWater)}
          store={store}
          everyMs={2_000}
          liveHref={here({ live: undefined })}
          pausedHref={here({ live: "off" })}
        />
      </PageHeader>
      <Cause group={group} build={config.build} />
      <GroupLetters
        store={store}
        group={name}
        letters={letters.map((letter) => ({
          ...letter,
          href: here({ sel: letter.id }),
          eventHref: urls.event(store, letter.eventId),
        }))}
        chosen={chosen?.id}
        mayAct={hasRole(principal, "operator")}
        now={Date.now()}
        care={group}
        operator={principal.id}
      >
        {chosen ? (
          <LetterPanes store={store} context={context} letter={chosen} pane={pane} build={config.build} here={here} />
        ) : null}
      </GroupLetters>
      <Pager
        summary={`${letters.length} of ${group.count} shown`}
        newer={cursor === undefined ? undefined : here({ cursor: undefined })}
        newerLabel="First"
        older={next === null ? undefined : here({ cursor: next })}
        olderLabel="More"
      />
    </div>
  );
}

function Cause({ group, build }: { group: DeadLetterGroup; build: string }) {
  const now = Date.now();
  return (
    <div className="border-b px-4 py-2">
      <p className="mono wrap-anywhere">{group.error.message}</p>
      <div className="float-right ml-4 max-md:hidden">
        <ArrivalsSpark arrivals={group.arrivals} />
      </div>
      <p className="text-muted text-data">
        {group.type} · {plural(group.count, "event")} in {plural(group.streams, "stream")} · {group.blocked.count}
        {group.blocked.more ? "+" : ""} blocked behind · first {formatAgo(group.firstAt, now)}, last{" "}
        {formatAgo(group.lastAt, now)} · build then <span className="mono">{group.build}</span>, now{" "}
        <span className="mono">{build}</span>
        {group.build === build ? " (the same)" : ""}
      </p>
    </div>
  );
}

function gone(error: unknown): undefined {
  if (error instanceof NotFound) return undefined;
  throw error;
}
