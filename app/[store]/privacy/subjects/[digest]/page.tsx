import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { EmptyState } from "@/app/_ui/empty-state";
import { IdChip } from "@/app/_ui/id-chip";
import { Link } from "@/app/_ui/link.client";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { choice, one, type SearchParams } from "@/app/_ui/search-text";
import { hasRole } from "@/lib/access/principal";
import { NotFound } from "@/lib/kernel/errors";
import type { KeyStore } from "@/lib/keys/key-store";
import { keyStatus } from "@/lib/queries/key-status";
import { subjectEvents } from "@/lib/queries/subject-events";
import { type SubjectPage, subjectPage } from "@/lib/queries/subject-page";
import { subjectStreams } from "@/lib/queries/subject-streams";
import { openStore } from "../../../open-store";
import { OfficersOnly } from "../../officers-only";
import { RequestTable } from "../../request-table";
import { SealingState } from "../../sealing-state";
import { HoldPill, SubjectState } from "../subject-table";
import { Appearances, appearanceViews, type Found } from "./appearances";
import { HandOver } from "./hand-over.client";
import { Hold } from "./hold-acts";
import { LookUp } from "./look-up.client";
import { SubjectKeys } from "./subject-keys";

// Neither a digest nor anything of the person in the tab's title: it is on shared screens.
export const metadata: Metadata = { title: "Subject" };

const LIMIT = 25;

type Props = { params: Promise<{ store: string; digest: string }>; searchParams: SearchParams };

/** What is held about a person: their keys, where they appear, holds and requests. Who it is, is not known here. */
export default async function SubjectDetailPage({ params, searchParams }: Props) {
  const { store: slug, digest: encoded } = await params;
  const { store, context, principal, keys, seals } = await openStore(slug);
  if (!hasRole(principal, "privacy-officer")) return <OfficersOnly title="Subject" />;
  const digest = decodeURIComponent(encoded);
  const keyStore = await keyStatus(keys, seals);
  const parent = { href: urls.subjects(store), label: "Subjects" };
  if (keys === null || keyStore.state !== "ready") {
    return (
      <>
        <PageHeader parent={parent} title={`Person ${digest.slice(0, 8)}`} />
        <SealingState keys={keyStore} />
      </>
    );
  }
  const page = await read({ ...context, keys }, digest);
  const given = one((await searchParams).before);
  const before = given !== undefined && /^\d{1,18}$/.test(given) ? given : undefined;
  const ids = page.keys.map(({ id }) => id);
  const by = choice((await searchParams).by, appearanceViews);
  const found: Found =
    by === "streams"
      ? { streams: await subjectStreams(context, ids, { before }) }
      : { events: await subjectEvents(context, ids, { before, limit: LIMIT }) };
  const latest = page.keys.at(-1);
  const open = page.requests.find(({ endedAt }) => endedAt === null);
  return (
    <div data-copy-page={digest}>
      <PageHeader
        parent={parent}
        title={`Person ${digest.slice(0, 8)}`}
        status={
          <>
            {latest === undefined ? null : <SubjectState state={latest.state} epoch={latest.epoch} />}
            {page.hold === null ? null : <HoldPill since={page.hold.setAt} />}
            <IdChip id={digest} what="digest" />
            {page.tenant === null ? null : <span className="text-data">of tenant {page.tenant}</span>}
          </>
        }
      >
        {latest?.state === "live" ? <HandOver store={store} digest={digest} /> : null}
        {open === undefined && latest?.state === "live" ? (
          <Link className="btn" data-primary="" href={urls.newShred(store, { subject: digest })}>
            Forget this person…
          </Link>
        ) : null}
        {open === undefined ? null : (
          <Link className="btn" data-primary="" href={urls.shred(store, open.id)}>
            Open the request
          </Link>
        )}
      </PageHeader>
      <SealingState keys={keyStore} />
      {latest === undefined ? (
        <EmptyState title="Nothing was ever sealed for this person">
          <p>
            No key stands under this digest: the id may be written otherwise in events, or belong to a tenant. What was
            stored without being sealed is not found by it.
          </p>
        </EmptyState>
      ) : (
        <>
          <Section title="Keys" className="pb-3">
            <SubjectKeys keys={page.keys} />
          </Section>
          <Appearances store={store} digest={digest} found={found} before={before} live={latest.state === "live"} />
          {latest.state === "live" ? (
            <Section title="A value" className="border-t pb-3">
              <LookUp store={store} digest={digest} />
            </Section>
          ) : null}
        </>
      )}
      <Section title="Legal hold" className="border-t">
        <Hold store={store} digest={digest} hold={page.hold} />
      </Section>
      <Section title="Requests" className="border-t pb-6">
        {page.requests.length > 0 ? (
          <RequestTable store={store} requests={page.requests} now={Date.now()} person={false} />
        ) : (
          <p className="px-4 text-muted">Nobody has asked that this person be forgotten.</p>
        )}
      </Section>
    </div>
  );
}

async function read(
  context: Parameters<typeof subjectPage>[0] & { readonly keys: KeyStore },
  digest: string,
): Promise<SubjectPage> {
  try {
    return await subjectPage(context, digest);
  } catch (error) {
    if (error instanceof NotFound) notFound();
    throw error;
  }
}
