import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { formatCount } from "@/app/_ui/format";
import { LagAge, LagCount } from "@/app/_ui/lag-cell";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { StatusPill } from "@/app/_ui/status-pill";
import { listProcesses, type ProcessRow } from "@/lib/queries/list-processes";
import { openStore } from "../open-store";

export const metadata: Metadata = { title: "Processes" };

/** Which process is stuck on what: every process manager, those that need somebody first. */
export default async function ProcessesPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context } = await openStore((await params).store);
  const live = one((await searchParams).live) !== "off";
  const { processes, highWater } = await listProcesses(context);
  return (
    <>
      <PageHeader title="Processes">
        <LiveRefresh
          on={live}
          after={highWater}
          store={store}
          liveHref={urls.processes(store)}
          pausedHref={urls.processes(store, { live: "off" })}
        />
      </PageHeader>
      {processes.length === 0 ? (
        <EmptyState title="No processes yet">
          A worker registers them when it starts; none has started so far, or no domain has one.
        </EmptyState>
      ) : (
        <PlainTable
          label="Processes"
          heads={[
            "Process",
            "State",
            num("Oldest unprocessed"),
            num("Events behind"),
            "Running instances, by what they wait for",
            num("Stuck"),
            num("Overdue"),
          ]}
        >
          {processes.map((process) => (
            <Row key={process.name} store={store} process={process} />
          ))}
        </PlainTable>
      )}
    </>
  );
}

function Row({ store, process }: { store: string; process: ProcessRow }) {
  const { name, state, lag, sloMs, stages, stuck, overdue } = process;
  return (
    <tr data-copy={name}>
      <td className="first">
        <Link href={urls.process(store, name)} data-row className="font-medium hover:text-brand">
          {name}
        </Link>
      </td>
      <td className="second">
        <StatusPill status={state === "paused" ? "idle" : "ok"}>{state}</StatusPill>
      </td>
      <td className="num">
        <LagAge lag={lag} sloMs={sloMs} />
      </td>
      <td className="num">
        <LagCount lag={lag} />
      </td>
      <td className="break text-muted">
        {stages.length === 0 ? "none" : stages.map(({ stage, count }) => `${stage} ${formatCount(count)}`).join(" · ")}
      </td>
      <td className="num">
        {stuck > 0 ? (
          <Link href={urls.process(store, name, { filter: "stuck" })}>
            <StatusPill status="bad">{formatCount(stuck)}</StatusPill>
          </Link>
        ) : (
          "0"
        )}
      </td>
      <td className="num">
        {overdue > 0 ? (
          <Link href={urls.process(store, name, { filter: "overdue" })}>
            <StatusPill status="warn">{formatCount(overdue)}</StatusPill>
          </Link>
        ) : (
          "0"
        )}
      </td>
    </tr>
  );
}
