import { urls } from "@/app/_lib/urls";
import { ExternalTraceLink } from "@/app/_ui/external-trace-link";
import { Facts } from "@/app/_ui/facts";
import { formatCount } from "@/app/_ui/format";
import { IdChip } from "@/app/_ui/id-chip";
import { Link } from "@/app/_ui/link.client";
import { Section } from "@/app/_ui/page-header";
import { isOfRequest, problemWords } from "@/app/_ui/run-state";
import { TimeCell } from "@/app/_ui/time-cell.client";
import type { ImportTotals } from "@/lib/queries/import-refusals";
import type { RunPage } from "@/lib/queries/run-page";

/** Who asked for it and why, when, who carries it out, and what came of it. */
export function RunFacts({
  store,
  page,
  totals,
  officer,
}: {
  store: string;
  page: RunPage;
  totals: ImportTotals | undefined;
  /** Whether whoever looks may see the pages of privacy. */
  officer: boolean;
}) {
  const { run } = page;
  const facts: readonly (readonly [string, React.ReactNode])[] = [
    [
      "Projection",
      run.kind === "rebuild" && run.subject ? <Subject key="subject" store={store} name={run.subject} /> : null,
    ],
    ...privacyFacts(store, page, officer),
    ["Asked for by", run.requestedBy],
    ["Reason", run.reason],
    ["Ticket", run.ticket],
    ["Asked for", <TimeCell key="created" at={run.createdAt} year />],
    ["Begun", run.startedAt && <TimeCell key="started" at={run.startedAt} year />],
    ["Ended", run.endedAt && <TimeCell key="ended" at={run.endedAt} year />],
    [run.kind === "import" ? "Sent by" : "Carried out by", run.owner],
    ["Steps committed", formatCount(page.steps)],
    [
      run.kind === "import" ? "Refused" : "Problems",
      run.problems === 0 ? (
        "0"
      ) : (
        <a key="problems" className="link" href="#problems">
          {problemWords(run)}
        </a>
      ),
    ],
    [
      "Trace",
      page.traceparent && (
        <span key="trace" className="inline-flex flex-wrap items-center gap-2">
          <span className="mono">{page.traceparent.split("-")[1]}</span>
          <ExternalTraceLink traceparent={page.traceparent} />
        </span>
      ),
    ],
    ...importFacts(store, totals),
  ];
  const texts: readonly (readonly [string, React.ReactNode])[] = [
    ["Given", jsonLine(page.input)],
    ["Came to", page.result === null ? null : jsonLine(page.result)],
  ];
  return (
    <Section title="About this run" className="pb-3">
      <Facts facts={facts} />
      <div className="pt-1">
        <Facts facts={texts} columns={false} />
      </div>
    </Section>
  );
}

/** The request that it works at, and the person whose data it hands over, for who may see their pages. */
function privacyFacts(
  store: string,
  { run, input }: RunPage,
  officer: boolean,
): readonly (readonly [string, React.ReactNode])[] {
  if (!officer) return [];
  if (run.subject !== null && isOfRequest(run.kind)) {
    const { subject: request } = run;
    return [["Request", <IdChip key="request" id={request} what="request" href={urls.shred(store, request)} />]];
  }
  const person = run.kind === "export-person" ? (input as { readonly subject?: unknown }).subject : undefined;
  if (typeof person !== "string") return [];
  return [["Person", <IdChip key="person" id={person} what="digest" href={urls.subject(store, person)} />]];
}

function importFacts(store: string, totals: ImportTotals | undefined): readonly (readonly [string, React.ReactNode])[] {
  if (!totals) return [];
  const { appended, duplicates, firstPosition, lastPosition } = totals;
  return [
    ["Stored", `${formatCount(appended)} events`],
    ["There before", `${formatCount(duplicates)} events`],
    [
      "In the log",
      firstPosition === null || lastPosition === null ? null : (
        <Link
          key="log"
          className="link"
          href={urls.events(store, { before: String(BigInt(lastPosition) + 1n) })}
        >{`#${formatCount(firstPosition)} to #${formatCount(lastPosition)}`}</Link>
      ),
    ],
  ];
}

/** Its generations, and the rows in which they differ, are there. */
function Subject({ store, name }: { store: string; name: string }) {
  return (
    <Link className="link" href={urls.projection(store, name)}>
      {name}
    </Link>
  );
}

/** One line with spaces, so that it breaks between members. */
function jsonLine(value: unknown): React.ReactNode {
  const text = JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, " ");
  return text === "{}" ? null : <code className="mono">{text}</code>;
}
