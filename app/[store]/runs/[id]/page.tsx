import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { runStatus, runWords } from "@/app/_ui/run-state";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { StatusPill } from "@/app/_ui/status-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { hasRole } from "@/lib/access/principal";
import { NotFound } from "@/lib/kernel/errors";
import { readHighWater } from "@/lib/queries/list-events";
import { hasEnded } from "@/lib/queries/list-runs";
import { type RunPage, runPage } from "@/lib/queries/run-page";
import { openStore } from "../../open-store";
import { RunActs } from "./run-acts";
import { RunFacts } from "./run-facts";
import { RunPhases } from "./run-phases";

type Props = { params: Promise<{ store: string; id: string }>; searchParams: SearchParams };

/** The tab names the run. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Run ${decodeURIComponent((await params).id)}` };
}

/** Whether a run is fine: its phase, how far, how fast, how long yet, and what it has said. */
export default async function RunDetailPage({ params, searchParams }: Props) {
  const { store: slug, id } = await params;
  const { store, context, principal } = await openStore(slug);
  const mode = one((await searchParams).live);
  const [page, highWater] = await Promise.all([runPage(context, decodeURIComponent(id)), readHighWater(context)]).catch(
    (error: unknown) => {
      if (error instanceof NotFound) notFound();
      throw error;
    },
  );
  const { run } = page;
  return (
    <div data-copy-page={run.id}>
      <PageHeader
        parent={{ href: urls.runs(store), label: "Runs" }}
        title={`R-${run.id} ${run.kind}${run.subject ? ` of ${run.subject}` : ""}`}
        status={
          <>
            <StatusPill status={runStatus[run.state]}>{runWords[run.state]}</StatusPill>
            {run.wanted ? <span className="text-data">{run.wanted} asked for</span> : null}
          </>
        }
      >
        {hasEnded(run) ? null : (
          <LiveRefresh
            on={mode !== "off"}
            after={String(highWater)}
            url={urls.live(store)}
            everyMs={1_000}
            liveHref={urls.run(store, run.id)}
            pausedHref={urls.run(store, run.id, { live: "off" })}
          />
        )}
        {hasRole(principal, "operator") ? <RunActs store={store} run={run} /> : null}
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
      <RunFacts store={store} page={page} />
      <RunLog lines={page.log} />
    </div>
  );
}

function RunLog({ lines }: { lines: RunPage["log"] }) {
  return (
    <Section title="Log, newest first" className="border-t pb-6">
      <ol aria-label="Log of the run">
        {lines.map(({ line, at, level, message }) => (
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
      {lines.length >= 200 ? <p className="px-4 pt-1 text-muted">Older lines are in the API, up to 1,000.</p> : null}
    </Section>
  );
}
