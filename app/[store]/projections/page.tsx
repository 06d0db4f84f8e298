import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { formatCount } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader } from "@/app/_ui/page-header";
import { ProjectionTable } from "@/app/_ui/projection-table.client";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { budgetsLeft } from "@/app/_ui/slo-words";
import { ViewsMenu } from "@/app/_ui/views-menu.client";
import { sloStatus } from "@/lib/alerts/slo-status";
import { listProjections, type ProjectionRow } from "@/lib/queries/list-projections";
import { openStore } from "../open-store";

export const metadata: Metadata = { title: "Projections" };

/** Which read model lies: every projection, worst first. `?state=` narrows to one state. */
export default async function ProjectionsPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, principal, context } = await openStore((await params).store);
  const query = await searchParams;
  const [state, live] = [one(query.state), one(query.live) !== "off"];
  const [{ projections, highWater }, slos] = await Promise.all([listProjections(context), sloStatus(context.reads)]);
  const budgets = budgetsLeft(slos);
  const rows = state === undefined ? projections : projections.filter((row) => row.state === state);
  return (
    <>
      <PageHeader
        title="Projections"
        status={<span className="text-data">readable up to #{formatCount(highWater)}</span>}
      >
        <States store={store} projections={projections} chosen={state} />
        <LiveRefresh
          on={live}
          after={highWater}
          store={store}
          gauges={["lag"]}
          liveHref={urls.projections(store, { state })}
          pausedHref={urls.projections(store, { state, live: "off" })}
        />
        <ViewsMenu store={store} page="projections" owner={principal.id} />
      </PageHeader>
      {rows.length > 0 ? (
        <ProjectionTable store={store} rows={rows} budgets={budgets} />
      ) : projections.length > 0 ? (
        <EmptyState
          title={`No projection is ${state}`}
          action={
            <Link className="btn" href={urls.projections(store)}>
              Show all
            </Link>
          }
        />
      ) : (
        <EmptyState title="No projections yet">
          A worker registers them when it starts; none has started so far.
        </EmptyState>
      )}
    </>
  );
}

function States({
  store,
  projections,
  chosen,
}: {
  store: string;
  projections: readonly ProjectionRow[];
  chosen: string | undefined;
}) {
  const states = [...new Set(projections.map((row) => row.state))];
  if (states.length < 2 && chosen === undefined) return null;
  return (
    <nav aria-label="States" className="segments">
      <Link href={urls.projections(store)} aria-current={chosen === undefined ? "true" : undefined}>
        All {projections.length}
      </Link>
      {states.map((state) => (
        <Link
          key={state}
          href={urls.projections(store, { state })}
          aria-current={chosen === state ? "true" : undefined}
        >
          {state} {projections.filter((row) => row.state === state).length}
        </Link>
      ))}
    </nav>
  );
}
