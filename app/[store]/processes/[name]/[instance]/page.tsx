import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { ActSheet } from "@/app/_ui/act-sheet.client";
import { JsonView } from "@/app/_ui/json-view";
import { Link } from "@/app/_ui/link.client";
import { LiveRefresh } from "@/app/_ui/live-refresh.client";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { one, type SearchParams } from "@/app/_ui/search-text";
import { hasRole } from "@/lib/access/principal";
import { NotFound } from "@/lib/kernel/errors";
import { readHighWater } from "@/lib/queries/list-events";
import { type InstancePage, processInstance } from "@/lib/queries/process-instance";
import { openStore } from "../../../open-store";
import { InstanceStatus } from "../instance-table";
import { Commands, Inputs, Timers } from "./instance-parts";

type Props = { params: Promise<{ store: string; name: string; instance: string }>; searchParams: SearchParams };

/** The tab names the instance. */
export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: decodeURIComponent((await params).instance) };
}

/** What one instance has seen, asked for, and waits for. */
export default async function ProcessInstancePage({ params, searchParams }: Props) {
  const { store: slug, name: encodedName, instance: encoded } = await params;
  const { store, context, principal } = await openStore(slug);
  const [name, instance] = [decodeURIComponent(encodedName), decodeURIComponent(encoded)];
  const live = one((await searchParams).live) !== "off";
  const [page, highWater] = await Promise.all([processInstance(context, name, instance), readHighWater(context)]).catch(
    (error: unknown) => {
      if (error instanceof NotFound) notFound();
      throw error;
    },
  );
  const { instance: row } = page;
  return (
    <div data-copy-page={instance}>
      <PageHeader
        parent={{ href: urls.process(store, name), label: name }}
        title={instance}
        mono
        status={
          <>
            <InstanceStatus row={row} />
            <span className="text-data">
              {row.stage} · v{page.version} ·{" "}
              <Link className="link" href={urls.trace(store, page.correlationId)}>
                trace
              </Link>
            </span>
          </>
        }
      >
        <LiveRefresh
          on={live}
          after={String(highWater)}
          store={store}
          liveHref={urls.processInstance(store, name, instance)}
          pausedHref={urls.processInstance(store, name, instance, { live: "off" })}
        />
        {hasRole(principal, "operator") ? <Acts store={store} name={name} page={page} /> : null}
      </PageHeader>
      <Timers store={store} name={name} page={page} operator={hasRole(principal, "operator")} />
      <Commands store={store} rows={page.commands} />
      <Inputs store={store} rows={page.inputs} />
      <Section title={`State, folded from ${row.inputs} inputs`} className="border-t pb-6">
        <div className="px-4">
          <JsonView text={JSON.stringify(page.state)} />
        </div>
      </Section>
    </div>
  );
}

function Acts({ store, name, page }: { store: string; name: string; page: InstancePage }) {
  const { instance: row } = page;
  const path = `/processes/${encodeURIComponent(name)}/${encodeURIComponent(row.instance)}`;
  return (
    <>
      {row.attempts > 0 ? (
        <ActSheet
          store={store}
          url={urls.api(store, `${path}/nudge`)}
          label="Nudge"
          confirm={`Nudge ${row.instance}`}
          done="Tried again"
          keys="n"
        >
          Tries what keeps failing now, instead of when its pause is over.
        </ActSheet>
      ) : null}
      {row.status === "running" ? (
        <ActSheet
          store={store}
          url={urls.api(store, `${path}/cancel`)}
          act="cancel-process-instance"
          named={row.instance}
          label="Cancel"
          confirm={`Cancel ${row.instance}`}
          done="Cancelled"
          danger
          needsReason
        >
          What has not been sent is not sent, timers are taken back, and the process undoes what it has begun. The
          instance cannot be started again.
        </ActSheet>
      ) : null}
    </>
  );
}
