import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import { tidemark } from "@/app/_lib/tidemark";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader } from "@/app/_ui/page-header";
import { RunStatePill } from "@/app/_ui/run-state-pill";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { hasRole, type Principal } from "@/lib/access/principal";
import type { Projection } from "@/lib/define";
import { InvalidRequest, NotFound } from "@/lib/kernel/errors";
import { newId } from "@/lib/kernel/ids";
import { rebuildProjection } from "@/lib/operations/rebuild-projection";
import { whyNoPart } from "@/lib/projections/rebuild/rebuild-scope";
import { readHighWater } from "@/lib/queries/list-events";
import { hasEnded, listRuns } from "@/lib/queries/list-runs";
import type { QueryContext } from "@/lib/queries/query-context";
import { runPage } from "@/lib/queries/run-page";
import { openStore } from "../../../open-store";
import { type Draft, draftOf, fieldsOf, type Step, stepOf } from "./draft";
import { DryRunStep } from "./dry-run-step";
import { ModeStep } from "./mode-step";
import { ReviewStep } from "./review-step";
import { RunStep } from "./run-step";
import { ScopeStep } from "./scope-step";
import { Steps } from "./steps";

export const metadata: Metadata = { title: "Rebuild" };

type Props = { params: Promise<{ store: string; name: string }>; searchParams: SearchParams };

/** What will this cost, and can I undo it? Five steps; while a rebuild is under way, only the last. */
export default async function RebuildPage({ params, searchParams }: Props) {
  const { store: slug, name: encoded } = await params;
  const { store, context, principal } = await openStore(slug);
  const name = decodeURIComponent(encoded);
  const projection = context.catalog.projections.find((known) => known.name === name);
  if (!projection) notFound();
  const query = await searchParams;
  const draft = draftOf(query);
  const step = stepOf(query);
  const { runs } = await listRuns(context, { kind: "rebuild", subject: name, limit: 1 });
  const [newest] = runs;
  if (newest && (step === "run" || !hasEnded(newest))) {
    return <Run context={context} store={store} name={name} draft={draft} id={newest.id} live={one(query.live)} />;
  }
  if (step === "run") redirect(urls.rebuild(store, name));
  return (
    <>
      <PageHeader
        parent={{ href: urls.projection(store, name), label: name }}
        title="Rebuild"
        status={<Steps store={store} name={name} draft={draft} step={step} />}
      />
      {hasRole(principal, "operator") ? (
        <StepBody store={store} projection={projection} draft={draft} step={step} principal={principal} />
      ) : (
        <EmptyState title="An operator may rebuild">Your role lets you look at runs and generations.</EmptyState>
      )}
    </>
  );
}

type StepProps = {
  store: string;
  projection: Projection;
  draft: Draft;
  step: Step;
  principal: Principal;
};

/** One step. A part that makes no sense leads back to where it was chosen, with the reason. */
async function StepBody({ store, projection, draft, step, principal }: StepProps) {
  const { name } = projection;
  const common = { store, name, draft };
  if (step === "mode") return <ModeStep {...common} />;
  const scopeStep = (fault: string | null) => <ScopeStep {...common} wholeOnly={whyNoPart(projection)} fault={fault} />;
  if (step === "scope") return scopeStep(null);
  if (draft.part !== "all" && draft.value === "") return scopeStep("Say which part it is to be, or take everything.");
  const engine = await tidemark();
  const found = await rebuildProjection
    .preview({ ...engine, principal, requestId: newId() }, { name, ...fieldsOf(draft) })
    .catch((error: unknown) => {
      if (error instanceof NotFound) notFound();
      if (error instanceof InvalidRequest) return error;
      throw error;
    });
  if (found instanceof InvalidRequest) return scopeStep(found.message.replace("rebuild-projection: ", ""));
  const { preview, hash } = found;
  return step === "dry-run" ? (
    <DryRunStep {...common} plan={preview} />
  ) : (
    <ReviewStep {...common} plan={preview} hash={hash} />
  );
}

/** The last step, of the newest rebuild. */
async function Run({
  context,
  store,
  name,
  draft,
  id,
  live,
}: {
  context: QueryContext;
  store: string;
  name: string;
  draft: Draft;
  id: string;
  live: string | undefined;
}) {
  const [page, highWater] = await Promise.all([runPage(context, id, { lines: 1 }), readHighWater(context)]);
  const { run } = page;
  const href = (query: { live?: string }) => urls.rebuild(store, name, { step: "run", ...query });
  return (
    <>
      <PageHeader
        parent={{ href: urls.projection(store, name), label: name }}
        title={`Rebuild R-${id}`}
        status={
          <>
            <RunStatePill store={store} run={run} />
            <Steps store={store} name={name} draft={draft} step="run" />
          </>
        }
      >
        {hasEnded(run) ? (
          <Link className="btn" href={urls.rebuild(store, name)}>
            Rebuild again
          </Link>
        ) : (
          <LiveRefresh
            on={live !== "off"}
            after={String(highWater)}
            store={store}
            gauges={["runs"]}
            everyMs={1_000}
            liveHref={href({})}
            pausedHref={href({ live: "off" })}
          />
        )}
      </PageHeader>
      <RunStep store={store} page={page} />
    </>
  );
}
