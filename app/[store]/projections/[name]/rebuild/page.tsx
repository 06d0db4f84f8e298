import type { Metadata } from "next";
import Link from "next/link";
import { notFound } from "next/navigation";
import { tidemark } from "@/app/_lib/tidemark";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { EmptyState } from "@/app/_ui/empty-state";
import { formatCount } from "@/app/_ui/format";
import { PageHeader } from "@/app/_ui/page-header";
import { runStatus, runWords } from "@/app/_ui/run-state";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { StatusPill } from "@/app/_ui/status-pill";
import { hasRole } from "@/lib/access/principal";
import { NotFound } from "@/lib/kernel/errors";
import { newId } from "@/lib/kernel/ids";
import { rebuildProjection } from "@/lib/operations/rebuild-projection";
import { listRuns } from "@/lib/queries/list-runs";
import { openStore } from "../../../open-store";
import { type Mode, ModeForm, modes } from "./mode-form";
import { PlanFacts } from "./plan-facts";

export const metadata: Metadata = { title: "Rebuild" };

type Props = { params: Promise<{ store: string; name: string }>; searchParams: SearchParams };

/** What will this cost, and can I undo it? First who promotes, then the plan, from which the run is begun. */
export default async function RebuildPage({ params, searchParams }: Props) {
  const { store: slug, name: encoded } = await params;
  const { store, context, principal } = await openStore(slug);
  const name = decodeURIComponent(encoded);
  if (!context.catalog.projections.some((known) => known.name === name)) notFound();
  const query = await searchParams;
  const mode = (Object.keys(modes) as Mode[]).find((known) => known === one(query.mode)) ?? "ask";
  const step = one(query.step) === "review" ? "review" : "mode";
  const { runs } = await listRuns(context, { kind: "rebuild", subject: name, state: "live", limit: 1 });
  const underWay = runs[0];
  return (
    <>
      <PageHeader
        parent={{ href: urls.projection(store, name), label: name }}
        title="Rebuild"
        status={<Steps store={store} name={name} mode={mode} step={underWay ? "run" : step} />}
      />
      {!hasRole(principal, "operator") ? (
        <EmptyState title="An operator may rebuild">Your role lets you look at runs and generations.</EmptyState>
      ) : underWay ? (
        <EmptyState
          title={`R-${underWay.id} rebuilds ${name}`}
          action={
            <Link className="btn" data-primary="" href={urls.run(store, underWay.id)}>
              See R-{underWay.id}
            </Link>
          }
        >
          <StatusPill status={runStatus[underWay.state]}>{runWords[underWay.state]}</StatusPill>
          <p className="mt-2">Closing this page does not stop it. The copy that serves stays until it is promoted.</p>
        </EmptyState>
      ) : step === "mode" ? (
        <ModeForm store={store} name={name} mode={mode} />
      ) : (
        <Review store={store} name={name} mode={mode} principal={principal} />
      )}
    </>
  );
}

async function Review({
  store,
  name,
  mode,
  principal,
}: {
  store: string;
  name: string;
  mode: Mode;
  principal: Awaited<ReturnType<typeof openStore>>["principal"];
}) {
  const engine = await tidemark();
  const { preview, hash } = await rebuildProjection
    .preview({ ...engine, principal, requestId: newId() }, { name, promote: mode })
    .catch((error: unknown) => {
      if (error instanceof NotFound) notFound();
      throw error;
    });
  return (
    <>
      <PlanFacts plan={preview} mode={mode} />
      <div className="flex items-center gap-2 px-4 pb-6">
        <Link className="btn" href={urls.rebuild(store, name, { mode })}>
          Back
        </Link>
        {preview.blocked === null ? (
          <ActSheet
            store={store}
            url={urls.api(store, `/projections/${encodeURIComponent(name)}/rebuild`)}
            label="Start rebuild"
            confirm={`Rebuild ${name} from ${preview.events.exact ? "" : "≈ "}${formatCount(preview.events.events)} events`}
            done={`The rebuild of ${name} has begun`}
            body={{ promote: mode, approved: hash }}
            primary
          >
            It is built beside the copy that serves, and can be paused, slowed down or cancelled at any time.
          </ActSheet>
        ) : (
          <p className="text-bad">{preview.blocked}</p>
        )}
      </div>
    </>
  );
}

function Steps({
  store,
  name,
  mode,
  step,
}: {
  store: string;
  name: string;
  mode: Mode;
  step: "mode" | "review" | "run";
}) {
  const steps = [
    { key: "mode", label: "1 Mode", href: urls.rebuild(store, name, { mode }) },
    { key: "review", label: "2 Plan and dry run", href: urls.rebuild(store, name, { mode, step: "review" }) },
    { key: "run", label: "3 Run", href: undefined },
  ];
  return (
    <nav aria-label="Steps" className="flex flex-wrap gap-4 text-data">
      {steps.map(({ key, label, href }) =>
        key === step ? (
          <span key={key} aria-current="step" className="font-semibold">
            {label}
          </span>
        ) : href && step !== "run" ? (
          <Link key={key} href={href} className="link">
            {label}
          </Link>
        ) : (
          <span key={key} className="text-muted">
            {label}
          </span>
        ),
      )}
    </nav>
  );
}
