import { X } from "lucide-react";
import { fillTraceUrl } from "@/app/_lib/fill-trace-url";
import { urls } from "@/app/_lib/urls";
import { formatCount, formatDuration } from "@/app/_ui/format";
import { Link } from "@/app/_ui/link.client";
import { OutsideLink } from "@/app/_ui/outside-link";
import { isoOfMicroseconds, microseconds } from "@/lib/kernel/time";
import type { RowSpans } from "@/lib/queries/row-spans";
import { isConsumerRow } from "@/lib/queries/trace-row";
import { StateLink } from "./state-link.client";
import type { WireRow } from "./wire-rows";
import { withoutSpans } from "./without-spans";

/** The chosen row of a trace in words, with the page it opens. `spans` is undefined while they are asked for. */
export function SpanPanel({
  store,
  row,
  startedAt,
  spans,
  traceUrl,
}: {
  store: string;
  row: WireRow;
  /** When the trace began, ISO 8601. */
  startedAt: string;
  spans: RowSpans | undefined;
  traceUrl: string | undefined;
}) {
  const began = microseconds(startedAt) ?? 0n;
  const facts: [string, string][] = [
    ["kind", row.kind],
    ["status", row.status],
    ...(isConsumerRow(row) ? ([["waited", formatDuration(row.waitUs / 1000)]] as [string, string][]) : []),
    ...(row.kind === "event" || row.kind === "wait"
      ? []
      : ([["worked", formatDuration(row.workUs / 1000)]] as [string, string][])),
    ...(row.position === null ? [] : ([["position", `#${formatCount(row.position)}`]] as [string, string][])),
    ...(row.kind === "event"
      ? ([["recorded at", isoOfMicroseconds(began + BigInt(row.startUs))]] as [string, string][])
      : []),
    ...Object.entries(row.detail)
      .filter(([, value]) => value !== null)
      .map(([name, value]): [string, string] => [words(name), String(value)]),
  ];
  const opens = pageOf(store, row);
  const { letterGroup } = row.detail;
  const outside = traceUrl === undefined || row.kind === "event" ? undefined : fillTraceUrl(traceUrl, row.traceparent);
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
        {opens === undefined ? null : (
          <Link href={opens.href} className="btn h-6" aria-keyshortcuts="p">
            Open {opens.what}
          </Link>
        )}
        {letterGroup ? (
          <Link href={urls.deadLetterGroup(store, String(letterGroup))} aria-keyshortcuts="o" className="btn h-6">
            Open dead letters
          </Link>
        ) : null}
        {outside ? <OutsideLink trace={outside} /> : null}
        <StateLink
          change={{ span: undefined }}
          aria-label="Close the details"
          aria-keyshortcuts="Escape"
          className="icon-btn ml-auto"
        >
          <X size={15} strokeWidth={1.5} />
        </StateLink>
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

function pageOf(store: string, { kind, id, name, detail }: WireRow): { href: string; what: string } | undefined {
  if (kind === "event") return { href: urls.event(store, id.slice("event:".length)), what: "event" };
  if (kind === "projection") {
    const partition = detail.partition === null ? undefined : String(detail.partition);
    return partition === undefined
      ? { href: urls.projection(store, name), what: "projection" }
      : { href: urls.partition(store, name, partition), what: `partition ${partition}` };
  }
  if (kind === "process") return { href: urls.process(store, name), what: "process" };
  if (kind === "command") return undefined;
  return { href: urls.processInstance(store, String(detail.process), String(detail.instance)), what: "instance" };
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
