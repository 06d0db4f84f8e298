import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { tidemark } from "@/app/_lib/tidemark";
import { urls } from "@/app/_lib/urls";
import { Facts } from "@/app/_ui/facts";
import { formatDuration, shortId } from "@/app/_ui/format";
import { IdChip } from "@/app/_ui/id-chip";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader } from "@/app/_ui/page-header";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { hasRole } from "@/lib/access/principal";
import { NotFound } from "@/lib/kernel/errors";
import { maySteer } from "@/lib/operations/steer-run";
import { integrity } from "@/lib/queries/integrity";
import { keyStatus } from "@/lib/queries/key-status";
import { readHighWater } from "@/lib/queries/list-events";
import { certificateOf, holdsOn, shredOf } from "@/lib/queries/list-shreds";
import type { QueryContext } from "@/lib/queries/query-context";
import { runPage } from "@/lib/queries/run-page";
import type { LegalHold } from "@/lib/shred/legal-hold";
import type { ShredRequest } from "@/lib/shred/shred-request";
import { type OpenStore, openStore } from "../../../open-store";
import { OfficersOnly } from "../../officers-only";
import { Due, RequestState } from "../../request-state";
import { SealingState } from "../../sealing-state";
import { type ShredStep, Steps } from "../steps";
import { BlastRadius } from "./blast-radius";
import { ConfirmStep } from "./confirm-step";
import { CoolingStep } from "./cooling-step";
import { ProofStep } from "./proof-step";
import { RefuseRequest } from "./refuse-request";
import { WhoItIs } from "./request-acts.client";
import { RunPart } from "./run-part";
import { ShredStep as ShredStepBody } from "./shred-step";

type Props = { params: Promise<{ store: string; id: string }>; searchParams: SearchParams };

/** The tab names the request. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `Request ${shortId(decodeURIComponent((await params).id))}` };
}

/** One request to forget a person, from what it would touch to its proof. Which step is looked at is in the address. */
export default async function RequestPage({ params, searchParams }: Props) {
  const { store: slug, id } = await params;
  const open = await openStore(slug);
  const { store, context, principal, keys, seals } = open;
  if (!hasRole(principal, "privacy-officer")) return <OfficersOnly title="Request" />;
  const query = await searchParams;
  const live = one(query.live);
  const request = await read(context, decodeURIComponent(id));
  const [keyStore, highWater, holds] = await Promise.all([
    keyStatus(keys, seals),
    readHighWater(context),
    holdsOn(context, [request.subject]),
  ]);
  const reached = reachedBy(request);
  const asked = one(query.step);
  const step = reached.find((one) => one === asked) ?? usualStep(request);
  const here = (change: { live?: string | undefined }) =>
    urls.shred(store, request.id, { step: asked, live, ...change });
  const ended = request.endedAt !== null;
  // The run of one that was withdrawn is still to be seen to end.
  const watched = !ended || (request.state === "refused" && request.approvedBy !== null && request.run !== null);
  return (
    <div data-copy-page={request.id}>
      <PageHeader
        parent={{ href: urls.privacy(store), label: "Privacy" }}
        title={`Request ${shortId(request.id)}`}
        status={
          <>
            <RequestState request={request} />
            <Steps store={store} request={request.id} at={step} reached={reached} />
          </>
        }
      >
        {ended ? null : <WhoItIs store={store} request={request.id} />}
        {watched ? (
          <LiveRefresh
            on={live !== "off"}
            after={String(highWater)}
            store={store}
            gauges={["runs"]}
            everyMs={1_000}
            liveHref={here({ live: undefined })}
            pausedHref={here({ live: "off" })}
          />
        ) : null}
      </PageHeader>
      <SealingState keys={keyStore} />
      <RequestFacts store={store} request={request} proved={step === "proof"} />
      <Closed store={store} request={request} />
      <Body open={open} request={request} step={step} hold={holds.get(request.subject) ?? null} />
    </div>
  );
}

async function read(context: QueryContext, id: string): Promise<ShredRequest> {
  try {
    return await shredOf(context, id);
  } catch (error) {
    if (error instanceof NotFound) notFound();
    throw error;
  }
}

/** The steps that a request has come to. */
function reachedBy({ state, preview, approvedBy }: ShredRequest): readonly ShredStep[] {
  const reached: ShredStep[] = ["radius"];
  if (state === "requested" && preview !== null) reached.push("confirm");
  if (approvedBy !== null) reached.push("shred");
  if (state === "completed") reached.push("proof");
  return reached;
}

function usualStep({ state, approvedBy }: ShredRequest): ShredStep {
  if (state === "completed") return "proof";
  return approvedBy === null ? "radius" : "shred";
}

/** `proved`: the certificate below says the same, and on paper it is the document. */
function RequestFacts({ store, request, proved }: { store: string; request: ShredRequest; proved: boolean }) {
  const { subject, tenant, requestedBy, legalBasis, reason, ticket, approvedBy, coolingMinutes } = request;
  return (
    <div className={`border-b py-2 ${proved ? "print:hidden" : ""}`}>
      <Facts
        facts={[
          ["person", <IdChip key="who" id={subject} what="digest" href={urls.subject(store, subject)} />],
          ["tenant", tenant],
          ["due", <Due key="due" request={request} now={Date.now()} />],
          ["asked by", requestedBy],
          ["legal basis", legalBasis ?? "not said"],
          ["because", reason],
          ["ticket", ticket],
          ["approved by", approvedBy],
          ["cooling off", coolingMinutes === 0 ? "none" : formatDuration(coolingMinutes * 60_000)],
        ]}
      />
    </div>
  );
}

/** Why a request has ended without anybody being forgotten, and how to ask again. */
function Closed({ store, request }: { store: string; request: ShredRequest }) {
  const { state, closedBy, closedReason, subject } = request;
  if (state !== "void" && state !== "refused") return null;
  return (
    <div role="note" className="flex flex-wrap items-center gap-3 border-b bg-warn-tint px-4 py-2">
      <p className="max-w-prose">
        <strong className="font-semibold">{closedWords(request)}</strong>, by {closedBy}: {closedReason}. Nothing was
        destroyed.
      </p>
      <Link className="btn" href={urls.newShred(store, { subject })}>
        Request it again…
      </Link>
    </div>
  );
}

function closedWords({ state, approvedBy }: ShredRequest): string {
  if (state === "void") return "It is void";
  return approvedBy === null ? "It was refused" : "It was approved, and withdrawn before anything was destroyed";
}

async function Body({
  open: { store, context, principal, twoPersons },
  request,
  step,
  hold,
}: {
  open: OpenStore;
  request: ShredRequest;
  step: ShredStep;
  hold: LegalHold | null;
}) {
  const { preview, previewHash, run } = request;
  if (step === "proof") {
    const [text, { keys }] = await Promise.all([certificateOf(context, request.id), integrity(context)]);
    return <ProofStep store={store} text={text} keys={keys.map(({ verifier }) => verifier)} />;
  }
  if (step === "shred" && run === null) return <CoolingStep store={store} request={request} hold={hold} />;
  if (run !== null && (step === "shred" || preview === null)) {
    const [page, { runKinds }] = await Promise.all([runPage(context, run, { lines: 10 }), tidemark()]);
    const mayAct = maySteer({ principal, runKinds }, page.run);
    if (step === "shred") return <ShredStepBody store={store} request={request} page={page} mayAct={mayAct} />;
    return (
      <>
        <RunPart store={store} page={page} mayAct={mayAct} />
        {request.state === "requested" ? (
          <div className="border-t px-4 pt-3 pb-6">
            <RefuseRequest store={store} request={request.id} />
          </div>
        ) : null}
      </>
    );
  }
  if (preview === null || previewHash === null) return <p className="px-4 py-3 text-muted">It was not looked for.</p>;
  if (step === "confirm") {
    const mayApprove = !twoPersons || request.requestedBy !== principal.id;
    return (
      <ConfirmStep
        store={store}
        request={request}
        preview={preview}
        hash={previewHash}
        hold={hold}
        mayApprove={mayApprove}
      />
    );
  }
  return (
    <>
      <BlastRadius store={store} preview={preview} hash={previewHash} hold={hold} />
      {request.state === "requested" ? (
        <div className="px-4 pb-6">
          <Link
            className="btn"
            data-primary=""
            href={urls.shred(store, request.id, { step: "confirm" })}
            aria-keyshortcuts="Control+Enter"
          >
            Go on to confirm
          </Link>
        </div>
      ) : null}
    </>
  );
}
