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
import { hasRole } from "@/lib/access/principal";
import { alertRules } from "@/lib/queries/alert-rules";
import { alertWatch, listAlerts } from "@/lib/queries/list-alerts";
import { readHighWater } from "@/lib/queries/list-events";
import { openStore } from "../open-store";
import { AlertTable } from "./alert-table";
import { RuleTable } from "./rule-table";
import { WatchLine } from "./watch-line";

export const metadata: Metadata = { title: "Alerts" };

const LIMIT = 50;
const VIEWS = ["open", "resolved", "rules"] as const;
const WORDS = { open: "Open", resolved: "Over", rules: "Rules" } as const;

/** What fires and who has it, what is over, and the rules. */
export default async function AlertsPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context, principal } = await openStore((await params).store);
  const query = await searchParams;
  const view = choice(query.view, VIEWS);
  const [rule, cursor, live] = [one(query.rule), one(query.cursor), one(query.live) !== "off"];
  const [watch, highWater] = await Promise.all([alertWatch(context), readHighWater(context)]);
  const now = Date.now();
  const here = (change: Readonly<Record<string, string | undefined>>) =>
    urls.alerts(store, { view: view === "open" ? undefined : view, rule, live: one(query.live), ...change });
  return (
    <>
      <PageHeader
        title="Alerts"
        status={
          rule === undefined ? null : (
            <span className="text-data">
              only {rule} ·{" "}
              <Link className="link" href={here({ rule: undefined })}>
                Clear
              </Link>
            </span>
          )
        }
      >
        <Segments
          label="Alerts"
          choices={VIEWS}
          chosen={view}
          words={(each) => WORDS[each]}
          href={(each) =>
            urls.alerts(store, {
              view: each === "open" ? undefined : each,
              rule: each === "rules" ? undefined : rule,
            })
          }
        />
        <LiveRefresh
          on={live}
          after={String(highWater)}
          store={store}
          gauges={["alerts"]}
          everyMs={2_000}
          liveHref={here({ live: undefined })}
          pausedHref={here({ live: "off" })}
        />
      </PageHeader>
      <WatchLine watch={watch} now={now} />
      {view === "rules" ? (
        <RuleTable store={store} rules={await alertRules(context)} mayAct={hasRole(principal, "operator")} />
      ) : (
        <Alerts store={store} context={context} view={view} rule={rule} cursor={cursor} now={now} here={here} />
      )}
    </>
  );
}

async function Alerts({
  store,
  context,
  view,
  rule,
  cursor,
  now,
  here,
}: {
  store: string;
  context: Parameters<typeof listAlerts>[0];
  view: "open" | "resolved";
  rule: string | undefined;
  cursor: string | undefined;
  now: number;
  here: (change: Readonly<Record<string, string | undefined>>) => string;
}) {
  const { alerts, next } = await listAlerts(context, { state: view, rule, cursor, limit: LIMIT });
  if (alerts.length === 0 && (rule !== undefined || cursor !== undefined)) {
    return (
      <EmptyState
        title="No alert matches"
        action={
          <Link className="btn" href={urls.alerts(store)}>
            Show all that are open
          </Link>
        }
      />
    );
  }
  if (alerts.length === 0) {
    const [last] = view === "open" ? (await listAlerts(context, { state: "resolved", limit: 1 })).alerts : [];
    return (
      <EmptyState title={view === "open" ? "Nothing fires" : "No alert has ended yet"}>
        {last?.resolvedAt ? (
          <p>
            The last alert ended {formatAgo(last.resolvedAt, now)}:{" "}
            <Link className="link" href={urls.alert(store, last.id)}>
              {last.title}
            </Link>
          </p>
        ) : (
          <p>Rules are evaluated every two seconds. Alerts that have ended are kept for 90 days.</p>
        )}
      </EmptyState>
    );
  }
  return (
    <>
      <AlertTable store={store} alerts={alerts} now={now} />
      <Pager
        summary={`${plural(alerts.length, "alert")} shown`}
        newer={cursor === undefined ? undefined : here({ cursor: undefined })}
        newerLabel="First"
        older={next === null ? undefined : here({ cursor: next })}
        olderLabel="More"
      />
    </>
  );
}
