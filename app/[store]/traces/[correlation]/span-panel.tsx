import { X } from "lucide-react";
import Link from "next/link";
import { urls } from "@/app/_lib/urls";
import { ExternalTraceLink } from "@/app/_ui/external-trace-link";
import { formatCount, formatDuration } from "@/app/_ui/format";
import type { RowSpans } from "@/lib/queries/row-spans";
import type { TraceRow } from "@/lib/queries/trace-page";
import { isConsumerRow } from "@/lib/queries/waterfall";
import { ServerStateLink } from "./state-link.client";
import { withoutSpans } from "./without-spans";

/** The chosen row of a waterfall in words, with the page it opens. */
export function SpanPanel({ store, row, spans }: { store: string; row: TraceRow; spans: RowSpans | undefined }) {
  const facts: [string, string][] = [
    ["kind", row.kind],
    ["status", row.status],
    ...(isConsumerRow(row) ? ([["waited", formatDuration(row.waitUs / 1000)]] as [string, string][]) : []),
    ...(row.kind === "event" ? [] : ([["worked", formatDuration(row.workUs / 1000)]] as [string, string][])),
    ...(row.position === null ? [] : ([["position", `#${formatCount(row.position)}`]] as [string, string][])),
    ...Object.entries(row.detail)
      .filter(([, value]) => value !== null)
      .map(([name, value]): [string, string] => [words(name), String(value)]),
  ];
  const href =
    row.link === null
      ? undefined
      : row.link.kind === "event"
        ? urls.event(store, row.link.id)
        : row.link.kind === "process"
          ? urls.process(store, row.link.name)
          : urls.projection(store, row.link.name);
  const { letterGroup } = row.detail;
  return (
    <section
      aria-label={`Details of ${row.name}`}
      className="sticky bottom-0 z-3 border-t bg-surface px-4 py-2 max-md:bottom-14 xl:top-[116px] xl:bottom-auto xl:max-h-[calc(100dvh-116px)] xl:self-start xl:overflow-y-auto xl:border-t-0 xl:border-l"
    >
      <div className="flex flex-wrap items-center gap-3">
        <h2 className="font-semibold">{row.name}</h2>
        {row.stream === null ? null : (
          <Link
            href={urls.stream(store, row.stream)}
            className="link mono"
            aria-keyshortcuts="s"
            data-label="Open the stream"
          >
            {row.stream}
          </Link>
        )}
        {href === undefined ? null : (
          <Link href={href} className="btn h-6">
            Open {row.link?.kind}
          </Link>
        )}
        {letterGroup ? (
          <Link href={urls.deadLetterGroup(store, String(letterGroup))} aria-keyshortcuts="o" className="btn h-6">
            Open dead letters
          </Link>
        ) : null}
        {row.kind === "event" ? null : <ExternalTraceLink traceparent={row.traceparent} />}
        <ServerStateLink
          change={{ span: undefined }}
          aria-label="Close the details"
          aria-keyshortcuts="Escape"
          className="icon-btn ml-auto"
        >
          <X size={15} strokeWidth={1.5} />
        </ServerStateLink>
      </div>
      <dl className="flex flex-wrap gap-x-6">
        {facts.map(([name, value]) => (
          <div key={name} className="flex min-w-0 gap-2">
            <dt className="text-faint">{name}</dt>
            <dd className="wrap-anywhere min-w-0">{value}</dd>
          </div>
        ))}
      </dl>
      {spans ? <WorkingSplit spans={spans} /> : null}
    </section>
  );
}

/** What the working time went to, from the spans; or why nobody knows. */
function WorkingSplit({ spans: { split, missing } }: { spans: RowSpans }) {
  if (missing !== null) return <p className="text-faint">{withoutSpans[missing]}</p>;
  return (
    <dl aria-label="What the working time went to" className="flex flex-wrap gap-x-6">
      {split.map(({ name, us, times }) => (
        <div key={name} className="flex min-w-0 gap-2">
          <dt className="text-faint">{times > 1 ? `${name} × ${times}` : name}</dt>
          <dd className="mono">{formatDuration(us / 1000)}</dd>
        </div>
      ))}
    </dl>
  );
}

/** `fromPosition` → `from position`. */
function words(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
