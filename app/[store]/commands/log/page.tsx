import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { CommandLine, EmptyState } from "@/app/_ui/empty-state";
import { FieldFilter } from "@/app/_ui/field-filter";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { choice, one, type SearchParams, wholeNumber } from "@/app/_ui/search-text";
import { handledOutcomes, listCommands } from "@/lib/queries/command-log";
import { readHighWater } from "@/lib/queries/list-events";
import { openStore } from "../../open-store";
import { CommandsTabs } from "../commands-tabs";
import { LogTable } from "./log-table";

export const metadata: Metadata = { title: "Command log" };

const LIMIT = 50;
const OUTCOMES = ["all", "refused", ...handledOutcomes] as const;
const FIELDS = ["command", "stream", "actor", "code", "correlation"] as const;
const HINTS = {
  command: "Command, as PlaceOrder",
  stream: "Stream, as order-42",
  actor: "Asked by",
  code: "Code, as order.not-placed",
  correlation: "Correlation",
} as const;

/** What was asked of the domain, by whom, and what became of it. */
export default async function CommandLogPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context } = await openStore((await params).store);
  const query = await searchParams;
  const outcome = choice(query.outcome, OUTCOMES);
  const filter = Object.fromEntries(FIELDS.map((field) => [field, one(query[field])]));
  const cursor = wholeNumber(query.cursor, 1);
  const live = one(query.live) !== "off";
  const [found, highWater] = await Promise.all([
    listCommands(context, {
      ...{ ...filter, limit: LIMIT },
      ...(outcome === "all" ? {} : { outcome }),
      ...(cursor === undefined ? {} : { cursor: String(cursor) }),
    }),
    readHighWater(context),
  ]);
  const here = (change: Readonly<Record<string, string | undefined>>) =>
    urls.commandLog(store, {
      ...{ ...filter, outcome: outcome === "all" ? undefined : outcome, live: one(query.live) },
      ...change,
    });
  const filtered = FIELDS.some((field) => filter[field] !== undefined) || outcome !== "all" || cursor !== undefined;
  return (
    <>
      <PageHeader title="Commands" status={<CommandsTabs store={store} open="log" />}>
        {cursor === undefined ? (
          <LiveRefresh
            on={live}
            after={String(highWater)}
            store={store}
            liveHref={here({ live: undefined })}
            pausedHref={here({ live: "off" })}
          />
        ) : null}
      </PageHeader>
      <FieldFilter action={urls.commandLog(store)} hints={HINTS} values={filter} keys="/" filtered={filtered}>
        <select name="outcome" key={outcome} defaultValue={outcome} aria-label="Outcome" className="field">
          {OUTCOMES.map((each) => (
            <option key={each} value={each}>
              {each === "all" ? "Every outcome" : each === "refused" ? "all but accepted" : each}
            </option>
          ))}
        </select>
      </FieldFilter>
      {found.commands.length > 0 ? (
        <LogTable store={store} commands={found.commands} filterBy={(more) => here({ ...more, cursor: undefined })} />
      ) : filtered ? (
        <EmptyState
          title="No command matches"
          action={
            <Link className="btn" href={urls.commandLog(store)}>
              Show the whole log
            </Link>
          }
        >
          The log keeps the newest 200,000 commands, for seven days at most.
        </EmptyState>
      ) : (
        <EmptyState title="No command has been handled yet">
          <p>Send one from its form in the catalogue, or by the command line:</p>
          <CommandLine>bin/tidemark command order 42 PlaceOrder</CommandLine>
        </EmptyState>
      )}
      <Pager
        summary={`${found.commands.length} shown`}
        newer={cursor === undefined ? undefined : here({ cursor: undefined })}
        newerLabel="Newest"
        older={found.next === null ? undefined : here({ cursor: found.next })}
      />
    </>
  );
}
