import { urls } from "@/app/_lib/urls";
import { FirstLink } from "@/app/_ui/first-link.client";
import { formatCount, formatDuration, plural } from "@/app/_ui/format";
import { IdChip } from "@/app/_ui/id-chip";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { Cause, EventAt } from "@/lib/alerts/finding";
import { NotFound } from "@/lib/kernel/errors";
import { eventPage } from "@/lib/queries/event-page";
import type { QueryContext } from "@/lib/queries/query-context";
import { PayloadPanel, type PayloadView } from "../../events/payload-panel";
import { causeLink, consumerHref } from "../cause-link";

/** What an alert is about, inline, with one link to it that has the focus. */
export async function CausePanel({
  store,
  context,
  cause,
  view,
  here,
}: {
  store: string;
  context: QueryContext;
  cause: Cause;
  view: PayloadView | undefined;
  here: string;
}) {
  const event = "event" in cause ? cause.event : null;
  const { href, name } = causeLink(store, cause);
  return (
    <Section title={event ? "The event" : "What it is about"} className="border-t">
      <div className="flex flex-wrap items-center gap-x-4 gap-y-1 px-4 pb-2">
        <FirstLink href={href} className="btn">
          Open {name} <kbd className="kbd">e</kbd>
        </FirstLink>
        <Words store={store} cause={cause} />
      </div>
      {event ? <InlineEvent store={store} context={context} at={event} view={view} here={here} /> : null}
    </Section>
  );
}

async function InlineEvent({
  store,
  context,
  at,
  view,
  here,
}: {
  store: string;
  context: QueryContext;
  at: EventAt;
  view: PayloadView | undefined;
  here: string;
}) {
  const page = await eventPage(context, { id: at.eventId }).catch((error: unknown) => {
    if (error instanceof NotFound) return undefined;
    throw error;
  });
  if (!page) return <p className="px-4 pb-3 text-muted">The event at position {at.position} is not readable here.</p>;
  return (
    <div className="grid gap-3 px-4 pb-3">
      <p className="flex flex-wrap items-center gap-x-4 gap-y-1 text-data">
        <span className="font-medium">{page.event.type}</span>
        <IdChip
          id={at.stream}
          what="stream"
          href={urls.stream(store, at.stream, { version: page.event.version })}
          whole
        />
        <span className="text-muted">version {formatCount(page.event.version)}</span>
        <span className="text-muted">position {formatCount(at.position)}</span>
        <TimeCell at={page.event.recordedAt} year />
        <Link href={urls.trace(store, page.event.correlationId)} className="link" aria-keyshortcuts="t">
          Trace
        </Link>
      </p>
      <PayloadPanel store={store} mayReveal={false} page={page} view={view} here={here} />
    </div>
  );
}

function Words({ store, cause }: { store: string; cause: Cause }) {
  switch (cause.kind) {
    case "event":
      return (
        <>
          <Link
            className="link"
            href={urls.deadLetterGroup(store, cause.group, { sel: cause.letter })}
            aria-keyshortcuts="d"
          >
            Its cause: {cause.error} in {cause.consumer}
          </Link>
          <Link className="link" href={urls.projection(store, cause.consumer)}>
            {cause.consumer}
          </Link>
        </>
      );
    case "consumer":
      return (
        <>
          <Link className="link" href={consumerHref(store, cause.consumer, cause.consumerKind)}>
            {cause.consumer}
          </Link>
          {cause.partition === null ? null : <span className="text-muted">partition {cause.partition}</span>}
          {cause.error === null ? null : <span className="text-bad">{cause.error}</span>}
          {cause.burn === null ? null : (
            <Link className="link" href={urls.slo(store, cause.consumer)}>
              Its objective: {formatDuration(cause.objectiveMs ?? 0)}
            </Link>
          )}
        </>
      );
    case "mark":
      return <Holder cause={cause} />;
    case "workers":
      return (
        <span className="inline-flex flex-wrap gap-x-2 text-muted">
          {plural(cause.alive, "worker")} at work ·{" "}
          {cause.consumers.length === 0 ? "every partition is held" : "no worker holds"}
          {cause.consumers.map((consumer, index) => (
            <Link key={consumer} className="link" href={consumerHref(store, consumer, cause.kinds?.[index])}>
              {consumer}
            </Link>
          ))}
        </span>
      );
    case "appends":
      return (
        <>
          <Link className="link" href={urls.commandLog(store, { outcome: "conflict" })}>
            Commands that met one
          </Link>
          <span className="text-muted">
            {formatCount(cause.conflicts)} of {formatCount(cause.appends + cause.conflicts)} appends in two minutes
          </span>
        </>
      );
    case "history":
      return <ChangedHistory store={store} cause={cause} />;
    case "signing":
      return (
        <span className="text-muted">
          signed up to position {formatCount(cause.upTo)} · {cause.builder === null ? "nobody signs" : cause.builder}
        </span>
      );
    case "requests":
      return (
        <>
          <Link className="link" href={urls.privacy(store, cause.overdue > 0 ? { state: "overdue" } : {})}>
            All of them
          </Link>
          <span className="text-muted">
            {cause.overdue} of {cause.waiting} overdue · the first {cause.overdue > 0 ? "was" : "is"} due{" "}
            <TimeCell at={cause.due} year />
          </span>
        </>
      );
    case "run":
      return <span className="text-muted">{[cause.subject, cause.state].filter(Boolean).join(" · ")}</span>;
  }
}

function ChangedHistory({ store, cause }: { store: string; cause: Extract<Cause, { kind: "history" }> }) {
  return (
    <>
      <Link className="link" href={urls.integrity(store)}>
        Integrity
      </Link>
      {cause.run === null || cause.event === null ? null : (
        <Link className="link" href={urls.run(store, cause.run)}>
          R-{cause.run} found it
        </Link>
      )}
      <span className="text-muted">
        found <TimeCell at={cause.since} year />
        {cause.run === null ? " by the builder of the Merkle log" : ""}
      </span>
      <span className="mono w-full break-words text-bad">{cause.what}</span>
    </>
  );
}

function Holder({ cause: { position, head, holder } }: { cause: Extract<Cause, { kind: "mark" }> }) {
  const reach = `readable up to ${formatCount(position)}, stored up to ${formatCount(head)}`;
  if (!holder) return <span className="text-muted">{reach}</span>;
  const { pid, application, state, transactionMs, queryMs, waitsFor } = holder;
  const facts = [
    `session ${pid}`,
    application || "unnamed application",
    state,
    transactionMs === null ? null : `transaction ${formatDuration(transactionMs)}`,
    queryMs === null ? null : `last statement ${formatDuration(queryMs)}`,
    waitsFor === null ? null : `waits for ${waitsFor}`,
  ];
  return (
    <span className="text-muted">
      <span className="font-medium text-ink">{facts.filter(Boolean).join(" · ")}</span> · {reach}
    </span>
  );
}
