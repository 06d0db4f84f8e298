import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { tidemark } from "@/app/_lib/tidemark";
import { urls } from "@/app/_lib/urls";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { aboutWords } from "@/app/_ui/run-state";
import { RunStatePill } from "@/app/_ui/run-state-pill";
import { one, type SearchParams, wholeNumber } from "@/app/_ui/search-text";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { hasRole } from "@/lib/access/principal";
import { NotFound } from "@/lib/kernel/errors";
import { demandOf } from "@/lib/operations/safety";
import { maySteer } from "@/lib/operations/steer-run";
import { importTotals } from "@/lib/queries/import-refusals";
import { readHighWater } from "@/lib/queries/list-events";
import { readExport } from "@/lib/queries/list-exports";
import { hasEnded } from "@/lib/queries/list-runs";
import { type RunPage, runPage } from "@/lib/queries/run-page";
import { openStore } from "../../open-store";
import { ExportFile } from "./export-file";
import { ImportRefusals } from "./import-refusals";
import { RunActs } from "./run-acts";
import { RunFacts } from "./run-facts";
import { RunPhases } from "./run-phases";

type Props = { params: Promise<{ store: string; id: string }>; searchParams: SearchParams };

/** The tab names the run. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Run ${decodeURIComponent((await params).id)}` };
}

/** Lines of the log that are shown at once. */
const LOG_LINES = 100;

/** Whether a run is fine: its phase, how far, how fast, how long yet, and what it has said. */
export default async function RunDetailPage({ params, searchParams }: Props) {
  const { store: slug, id } = await params;
  const { store, safety, context, principal } = await openStore(slug);
  const { runKinds } = await tidemark();
  const query = await searchParams;
  const mode = one(query.live);
  const [before, refusedAfter] = [wholeNumber(query.before, 1), wholeNumber(query.refused, 1)];
  const [page, highWater] = await Promise.all([
    runPage(context, decodeURIComponent(id), { lines: LOG_LINES, beforeLine: before?.toString() }),
    readHighWater(context),
  ]).catch((error: unknown) => {
    if (error instanceof NotFound) notFound();
    throw error;
  });
  const { run } = page;
  const about = aboutWords(run);
  const made = run.kind === "export" || run.kind === "export-person" ? await readExport(context, run.id) : undefined;
  const totals = run.kind === "import" ? await importTotals(context, run.id) : undefined;
  const here = (change: Readonly<Record<string, string | undefined>>) =>
    urls.run(store, run.id, { live: mode, before: before?.toString(), refused: refusedAfter?.toString(), ...change });
  return (
    <div data-copy-page={run.id}>
      <PageHeader
        parent={{ href: urls.runs(store), label: "Runs" }}
        title={`R-${run.id} ${run.kind}${about ? ` of ${about}` : ""}`}
        status={
          <>
            <RunStatePill store={store} run={run} />
            {run.wanted ? <span className="text-data">{run.wanted} asked for</span> : null}
          </>
        }
      >
        {hasEnded(run) ? null : (
          <LiveRefresh
            on={mode !== "off"}
            after={String(highWater)}
            store={store}
            gauges={["runs"]}
            everyMs={1_000}
            liveHref={here({ live: undefined })}
            pausedHref={here({ live: "off" })}
          />
        )}
        {maySteer({ principal, runKinds }, run) ? (
          <RunActs store={store} run={run} operates={hasRole(principal, "operator")} />
        ) : null}
      </PageHeader>
      <RunPhases page={page} />
      {run.error ? (
        <Section title="Why it failed" className="border-t pb-3">
          <p className="px-4 text-bad">
            {run.error.name}: {run.error.message}
          </p>
          {page.stack ? (
            <pre className="mono wrap-anywhere mx-4 mt-2 whitespace-pre-wrap rounded-card border bg-subtle p-2">
              {page.stack}
            </pre>
          ) : null}
        </Section>
      ) : null}
      {made ? <ExportFile store={store} made={made} demand={demandOf(safety, "take-export")} /> : null}
      <RunFacts store={store} page={page} totals={totals} officer={hasRole(principal, "privacy-officer")} />
      {run.kind === "import" ? (
        <ImportRefusals context={context} run={run} after={refusedAfter?.toString()} here={here} />
      ) : null}
      <RunLog page={page} begun={before !== undefined} here={here} />
    </div>
  );
}

type Here = (change: Readonly<Record<string, string | undefined>>) => string;

function RunLog({ page: { run, log, older }, begun, here }: { page: RunPage; begun: boolean; here: Here }) {
  return (
    <Section title="Log, newest first" id={run.kind === "import" ? undefined : "problems"} className="border-t pb-3">
      <ol aria-label="Log of the run">
        {log.map(({ line, at, level, message }) => (
          <li key={line} className="flex gap-3 px-4 py-0.5 hover:bg-hover">
            <span className="shrink-0 text-muted">
              <TimeCell at={at} />
            </span>
            <span
              className={`min-w-0 break-words ${level === "error" ? "text-bad" : level === "warn" ? "text-warn" : ""}`}
            >
              {level === "info" ? "" : `${level}: `}
              {message}
            </span>
          </li>
        ))}
      </ol>
      {begun || older !== null ? (
        <p className="flex gap-4 px-4 pt-1">
          {begun ? (
            <Link className="link" href={here({ before: undefined })} scroll={false}>
              Show the newest
            </Link>
          ) : null}
          {older === null ? null : (
            <Link className="link" href={here({ before: older })} scroll={false} aria-keyshortcuts="l">
              Show older
            </Link>
          )}
        </p>
      ) : null}
    </Section>
  );
}
