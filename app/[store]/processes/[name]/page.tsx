import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { Figure } from "@/app/_ui/figure";
import { formatCount, formatDuration, plural } from "@/app/_ui/format";
import { LagAge, LagCount, unknownWhy } from "@/app/_ui/lag-cell";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { Pager } from "@/app/_ui/pager";
import { PauseOrResume } from "@/app/_ui/pause-or-resume";
import { choice, one, type SearchParams } from "@/app/_ui/search-text";
import { Segments } from "@/app/_ui/segments";
import { StatusPill } from "@/app/_ui/status-pill";
import { hasRole } from "@/lib/access/principal";
import { NotFound } from "@/lib/kernel/errors";
import type { ProcessRow } from "@/lib/queries/list-processes";
import { instanceFilters, processPage } from "@/lib/queries/process-page";
import { openStore } from "../../open-store";
import { InstanceTable } from "./instance-table";
import { StateDiagram } from "./state-diagram";

type Props = { params: Promise<{ store: string; name: string }>; searchParams: SearchParams };

/** The tab names the process. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).name) };
}

const LIMIT = 50;

/** Where the instances of a process stand, and which of them need somebody. */
export default async function ProcessPage({ params, searchParams }: Props) {
  const { store: slug, name: encoded } = await params;
  const { store, context, principal } = await openStore(slug);
  const name = decodeURIComponent(encoded);
  const query = await searchParams;
  const filter = choice(query.filter, instanceFilters);
  const [stage, prefix, cursor, live] = [one(query.stage), one(query.q), one(query.cursor), one(query.live) !== "off"];
  const page = await processPage(context, name, { filter, stage, prefix, cursor, limit: LIMIT }).catch(
    (error: unknown) => {
      if (error instanceof NotFound) notFound();
      throw error;
    },
  );
  const { process, ended, instances, next, highWater } = page;
  const here = (change: Record<string, string | undefined>) =>
    urls.process(store, name, { filter, stage, q: prefix, live: one(query.live), ...change });
  return (
    <div data-copy-page={name}>
      <PageHeader
        parent={{ href: urls.processes(store), label: "Processes" }}
        title={name}
        status={
          <>
            <StatusPill status={process.state === "paused" ? "idle" : "ok"}>{process.state}</StatusPill>
            <span className="text-data">
              v{process.version}
              {process.state === "paused" && process.stateBy ? ` · by ${process.stateBy}` : ""}
              {process.state === "paused" && process.stateReason ? `: ${process.stateReason}` : ""}
            </span>
          </>
        }
      >
        {hasRole(principal, "operator") ? (
          <PauseOrResume
            url={urls.api(store, `/processes/${encodeURIComponent(name)}`)}
            name={name}
            paused={process.state === "paused"}
          />
        ) : null}
        <LiveRefresh
          on={live}
          after={highWater}
          store={store}
          liveHref={here({ live: undefined })}
          pausedHref={here({ live: "off" })}
        />
      </PageHeader>
      {process.description ? <p className="px-4 py-2 text-muted">{process.description}</p> : null}
      <Figures process={process} />
      {process.moves.length > 0 ? (
        <Section title="Where instances stand">
          <StateDiagram
            store={store}
            process={name}
            moves={process.moves}
            counts={{
              running: new Map(process.stages.map((at) => [at.stage, at.count])),
              ended: new Map(ended.map((at) => [at.stage, at.count])),
            }}
            chosen={stage}
          />
        </Section>
      ) : (
        <Stages store={store} process={process} chosen={stage} />
      )}
      <Section
        title="Instances"
        aside={
          <Segments
            label="Which instances"
            choices={instanceFilters}
            chosen={filter}
            href={(each) => here({ filter: each, cursor: undefined })}
          />
        }
      >
        {instances.length > 0 ? (
          <InstanceTable store={store} process={name} rows={instances} now={Date.now()} />
        ) : (
          <EmptyState title={stage === undefined ? `No instance is ${filter}` : `No ${filter} instance is ${stage}`}>
            {filter === "running" ? "An instance begins with its first event." : null}
          </EmptyState>
        )}
      </Section>
      <Pager
        summary={`${instances.length} shown`}
        newer={cursor === undefined ? undefined : here({ cursor: undefined })}
        newerLabel="First"
        older={next === null ? undefined : here({ cursor: next })}
        olderLabel="More"
      />
    </div>
  );
}

function Figures({ process }: { process: ProcessRow }) {
  const { lag, sloMs, running, stuck, overdue, waitingCommands } = process;
  return (
    <dl className="grid grid-cols-2 gap-px border-y bg-line *:bg-canvas sm:grid-cols-3 max-xl:[&>:last-child]:col-span-2 xl:grid-cols-5">
      <Figure label="Oldest unprocessed" value={<LagAge lag={lag} sloMs={sloMs} />}>
        {lag.known ? `objective ${formatDuration(sloMs)}` : unknownWhy(lag)}
      </Figure>
      <Figure label="Events behind" value={<LagCount lag={lag} />}>
        {plural(waitingCommands, "command")} {waitingCommands === 1 ? "waits" : "wait"} to be sent
      </Figure>
      <Figure label="Running" value={formatCount(running)}>
        instances
      </Figure>
      <Figure label="Stuck" value={stuck > 0 ? <StatusPill status="bad">{formatCount(stuck)}</StatusPill> : "0"}>
        failed three times in a row
      </Figure>
      <Figure label="Overdue" value={overdue > 0 ? <StatusPill status="warn">{formatCount(overdue)}</StatusPill> : "0"}>
        a timer should have fired
      </Figure>
    </dl>
  );
}

/** Where running instances stand, as bars with counts: each leads to the instances there. */
function Stages({ store, process, chosen }: { store: string; process: ProcessRow; chosen: string | undefined }) {
  const most = Math.max(1, ...process.stages.map(({ count }) => count));
  if (process.stages.length === 0) return null;
  return (
    <Section title="What running instances wait for">
      <ul className="px-4 pb-2">
        {process.stages.map(({ stage, count }) => (
          <li key={stage} className="flex min-h-7 items-center gap-3">
            <Link
              href={urls.process(store, process.name, { stage: stage === chosen ? undefined : stage })}
              aria-current={stage === chosen ? "true" : undefined}
              className="link w-44 truncate"
            >
              {stage || "new"}
            </Link>
            <span className="num w-16 text-right">{formatCount(count)}</span>
            <span
              aria-hidden="true"
              className="h-2 rounded-control bg-brand"
              style={{ width: `${Math.max(0.5, (count / most) * 40)}%` }}
            />
          </li>
        ))}
      </ul>
    </Section>
  );
}
