import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { urls } from "@/app/_lib/urls";
import { Facts } from "@/app/_ui/facts";
import { formatDuration } from "@/app/_ui/format";
import { IdChip } from "@/app/_ui/id-chip";
import { Link } from "@/app/_ui/link.client";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { num, PlainTable } from "@/app/_ui/plain-table";
import { PositionPill } from "@/app/_ui/position-pill";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { NotFound } from "@/lib/kernel/errors";
import { isUuid } from "@/lib/kernel/ids";
import { type CommandPage, readCommand } from "@/lib/queries/command-log";
import { openStore } from "../../../open-store";
import { OutcomePill } from "../outcome-pill";

export const metadata: Metadata = { title: "Handled command" };

/** One command that was handled: who asked, what became of it, and the events it led to. */
export default async function HandledCommandPage({ params }: { params: Promise<{ store: string; id: string }> }) {
  const { store: slug, id } = await params;
  const { store, context } = await openStore(slug);
  const page = await readCommand(context, decodeURIComponent(id)).catch((error: unknown) => {
    if (error instanceof NotFound) notFound();
    throw error;
  });
  const type = `${page.category}.${page.command}`;
  const itsId = page.stream.slice(page.category.length + 1);
  return (
    <div data-copy-page={page.id}>
      <PageHeader
        parent={{ href: urls.commandLog(store), label: "Commands" }}
        title={page.command}
        status={<OutcomePill outcome={page.outcome} code={page.code} />}
      >
        <Link className="btn" href={urls.trace(store, page.correlationId)} aria-keyshortcuts="t">
          Trace
        </Link>
        <Link className="btn" href={urls.stream(store, page.stream)} aria-keyshortcuts="s">
          Stream
        </Link>
        <Link className="btn" href={urls.command(store, type, { id: itsId })}>
          Fill in its form anew
        </Link>
      </PageHeader>
      <Section title="About this command" className="pb-3">
        <Facts facts={factsOf(store, page)} />
      </Section>
      <Section title="Events it led to" className="border-t pb-6">
        <EventsOf store={store} page={page} />
      </Section>
    </div>
  );
}

function factsOf(store: string, page: CommandPage): readonly (readonly [string, React.ReactNode])[] {
  const cause = page.causationId;
  return [
    ["Handled", <TimeCell key="at" at={page.at} year />],
    ["Asked by", page.actor],
    ["Tenant", page.tenant],
    ["Stream", <IdChip key="stream" id={page.stream} what="stream" href={urls.stream(store, page.stream)} />],
    ["Its version then", page.version === null ? null : String(page.version)],
    ["Took", formatDuration(page.ms)],
    ["Decided", page.attempts === 1 ? "once" : `${page.attempts} times`],
    ["Sent", page.asked === 1 ? null : `${page.asked} times, under the same id`],
    ["Command id", <IdChip key="id" id={page.id} what="command id" />],
    [
      "Caused by",
      cause && (isUuid(cause) ? <IdChip key="cause" id={cause} what="cause" href={urls.event(store, cause)} /> : cause),
    ],
    [
      "Correlation",
      <IdChip key="trace" id={page.correlationId} what="correlation id" href={urls.trace(store, page.correlationId)} />,
    ],
  ];
}

function EventsOf({ store, page }: { store: string; page: CommandPage }) {
  if (page.events.length === 0) {
    const why =
      page.outcome === "accepted"
        ? "None: there was nothing left to do."
        : page.outcome === "rejected"
          ? "None: the domain said no. Its form's dry run shows what it says to the same input now."
          : "None: nothing was stored.";
    return <p className="px-4 py-2 text-muted">{why} The input itself is not kept.</p>;
  }
  return (
    <>
      <PlainTable label="Events it led to" heads={["Event", "Stream", num("Version"), "Position"]}>
        {page.events.map((event) => (
          <tr key={event.id} data-copy={event.id}>
            <td className="first">
              <Link href={urls.event(store, event.id)} data-row className="font-medium hover:text-brand">
                {event.type}
              </Link>
            </td>
            <td>
              <Link href={urls.stream(store, event.stream)} className="link mono">
                {event.stream}
              </Link>
            </td>
            <td className="num">{event.version}</td>
            <td className="second">
              <PositionPill position={event.position} href={urls.position(store, event.position)} />
            </td>
          </tr>
        ))}
      </PlainTable>
      {page.moreEvents ? <p className="px-4 py-2 text-muted">There are more: its trace shows all of them.</p> : null}
    </>
  );
}
