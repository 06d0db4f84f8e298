import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { Figure } from "@/app/_ui/figure";
import { formatAgo, formatDuration, plural } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { hasRole } from "@/lib/access/principal";
import { type Runbook, runbookOf } from "@/lib/alerts/runbooks";
import { NotFound } from "@/lib/kernel/errors";
import { type AlertPage, alertPage } from "@/lib/queries/alert-page";
import { type AlertWatch, alertWatch } from "@/lib/queries/list-alerts";
import { readHighWater } from "@/lib/queries/list-events";
import { payloadViews } from "../../events/payload-panel";
import { openStore } from "../../open-store";
import { AlertState, alertValue } from "../alert-state";
import { WatchLine } from "../watch-line";
import { AlertActs } from "./alert-acts.client";
import { Deliveries, Earlier, Transitions } from "./alert-history";
import { CausePanel } from "./cause-panel";

export const metadata: Metadata = { title: "Alert" };

/** Why was I paged, since when, who is affected, is it getting better, and what may I press? */
export default async function AlertDetailPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string; id: string }>;
  searchParams: SearchParams;
}) {
  const { store: slug, id } = await params;
  const { store, context, principal } = await openStore(slug);
  const query = await searchParams;
  const live = one(query.live) !== "off";
  const [page, watch, highWater] = await Promise.all([
    alertPage(context, decodeURIComponent(id)).catch((error: unknown) => {
      if (error instanceof NotFound) notFound();
      throw error;
    }),
    alertWatch(context),
    readHighWater(context),
  ]);
  const { alert, silence } = page;
  const now = Date.now();
  const here = (change: Readonly<Record<string, string | undefined>>) =>
    urls.alert(store, alert.id, { live: one(query.live), ...change });
  const runbook = runbookOf(alert.rule);
  return (
    <div data-copy-page={`A-${alert.id}`}>
      <PageHeader
        parent={{ href: urls.alerts(store), label: "Alerts" }}
        title={alert.title}
        status={<AlertState alert={alert} />}
      >
        <Link
          className="btn"
          href={urls.overview(store, { at: alert.firedAt ?? alert.startedAt })}
          aria-keyshortcuts="o"
        >
          Overview when it {alert.firedAt === null ? "began" : "fired"} <kbd className="kbd">o</kbd>
        </Link>
        {hasRole(principal, "operator") ? (
          <AlertActs store={store} alert={{ id: alert.id, state: alert.state }} silenced={silence !== null} now={now} />
        ) : null}
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
      {alert.resolvedAt === null ? <WatchLine watch={watch} now={now} /> : null}
      <Figures page={page} watch={watch} now={now} />
      <CausePanel
        store={store}
        context={context}
        cause={alert.cause}
        view={payloadViews.find((view) => view === one(query.view))}
        here={urls.alert(store, alert.id)}
      />
      {runbook ? <RunbookSection runbook={runbook} rule={alert.rule} /> : null}
      <Transitions page={page} />
      <Deliveries store={store} page={page} mayAct={hasRole(principal, "operator")} />
      <Earlier store={store} page={page} />
    </div>
  );
}

function Figures({
  page: { alert, silence, deliveries },
  watch,
  now,
}: {
  page: AlertPage;
  watch: AlertWatch;
  now: number;
}) {
  const { value, unit, firedValue, worstValue, startedAt, firedAt, resolvedAt } = alert;
  const lasted = (resolvedAt === null ? now : Date.parse(resolvedAt)) - Date.parse(startedAt);
  return (
    <dl className="grid grid-cols-4 divide-x border-b max-md:grid-cols-2">
      <Figure
        label={resolvedAt === null ? "Since" : "Lasted"}
        value={formatDuration(Math.max(0, lasted))}
        title={startedAt}
      >
        {firedAt === null ? "has not fired yet" : `fired ${formatAgo(firedAt, now)}`}
      </Figure>
      <Figure label="Value" value={resolvedAt === null ? alertValue(value, unit) : "over"}>
        {firedValue === null
          ? ""
          : `${alertValue(firedValue, unit)} when it fired, ${alertValue(worstValue, unit)} at worst`}
      </Figure>
      <Figure label="Is it getting better?" value={trendOf(alert, watch)}>
        {alert.fineSince !== null && resolvedAt === null
          ? `not seen for ${formatDuration(Math.max(0, now - Date.parse(alert.fineSince)))}`
          : `seen last ${formatAgo(alert.seenAt, now)}`}
      </Figure>
      <Figure label="Who is affected" value={affected(alert.cause)}>
        {silence
          ? `silenced by ${silence.by}: ${silence.reason}`
          : `${plural(new Set(deliveries.map(({ channel }) => channel)).size, "channel")} told`}
      </Figure>
    </dl>
  );
}

function trendOf(
  { resolvedAt, fineSince, firedValue, value, worstValue }: AlertPage["alert"],
  watch: AlertWatch,
): string {
  if (resolvedAt !== null) return "it is over";
  if (watch.stale) return "unknown";
  if (fineSince !== null) return "about to end";
  if (firedValue === null) return "just begun";
  if (value < worstValue) return "better than at its worst";
  return value > firedValue ? "worse" : "as it was";
}

function affected(cause: AlertPage["alert"]["cause"]): string {
  switch (cause.kind) {
    case "event":
      return `${plural(cause.streams, "stream")} of ${cause.consumer}`;
    case "consumer":
      return cause.consumer;
    case "mark":
      return "every reader";
    case "workers":
      return cause.consumers.length === 0
        ? "none yet"
        : cause.consumers.length === 1
          ? (cause.consumers[0] ?? "")
          : `${cause.consumers.length} consumers`;
    case "appends":
      return "writers";
    case "history":
      return "everybody who relies on history";
    case "signing":
      return "whoever has to prove history";
    case "requests":
      return "whoever asked to be forgotten";
    case "run":
      return cause.subject ?? "a read model";
  }
}

function RunbookSection({ runbook, rule }: { runbook: Runbook; rule: string }) {
  const list = (lines: readonly string[]) => (
    <ul className="list-disc pl-5">
      {lines.map((line) => (
        <li key={line}>{line.replaceAll("`", "")}</li>
      ))}
    </ul>
  );
  return (
    <Section title="Runbook" className="scroll-mt-16 border-t">
      <div id="runbook" className="grid max-w-5xl gap-3 px-4 pb-3 md:grid-cols-3">
        <p>{runbook.means}</p>
        <div>
          <h3 className="font-medium">What to look at</h3>
          {list(runbook.look)}
        </div>
        <div>
          <h3 className="font-medium">What to press</h3>
          {list(runbook.press)}
        </div>
        <p className="mono text-muted text-data md:col-span-3">docs/runbooks/{rule}.md</p>
      </div>
    </Section>
  );
}
