import type { Metadata } from "next";
import { urls } from "@/app/_lib/urls";
import { IdChip } from "@/app/_ui/id-chip";
import { PageHeader } from "@/app/_ui/page-header";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { hasRole } from "@/lib/access/principal";
import { coolingOff } from "@/lib/queries/cooling-off";
import { keyStatus } from "@/lib/queries/key-status";
import { openStore } from "../../../open-store";
import { OfficersOnly } from "../../officers-only";
import { SealingState } from "../../sealing-state";
import { Steps } from "../steps";
import { RequestForm } from "./request-form.client";

export const metadata: Metadata = { title: "Forget a person" };

/** The first step: whom it is about, why, and by when. Nothing is erased by it. */
export default async function NewRequestPage({
  params,
  searchParams,
}: {
  params: Promise<{ store: string }>;
  searchParams: SearchParams;
}) {
  const { store, context, principal, keys, seals } = await openStore((await params).store);
  if (!hasRole(principal, "privacy-officer")) return <OfficersOnly title="Forget a person" />;
  const given = one((await searchParams).subject);
  const digest = given !== undefined && /^[0-9a-f]{64}$/.test(given) ? given : undefined;
  const [keyStore, least] = await Promise.all([keyStatus(keys, seals), coolingOff(context)]);
  return (
    <>
      <PageHeader
        parent={{ href: urls.privacy(store), label: "Privacy" }}
        title="Forget a person"
        status={<Steps store={store} request={null} at="identify" reached={[]} />}
      />
      <SealingState keys={keyStore} />
      {keyStore.state === "ready" ? (
        <>
          <p className="max-w-prose px-4 pt-3 text-muted">
            A run then looks through the whole log and every read model for what would be erased. Nothing is erased
            before that was seen and approved.
          </p>
          {digest === undefined ? null : (
            <p className="flex flex-wrap items-center gap-2 px-4 pt-2">
              It is to be about the person <IdChip id={digest} what="digest" href={urls.subject(store, digest)} />:
              their id is not kept, so it is typed once more, and compared.
            </p>
          )}
          <RequestForm store={store} digest={digest} least={least.minutes} />
        </>
      ) : null}
    </>
  );
}
