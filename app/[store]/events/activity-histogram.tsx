import { formatCount } from "@/app/_ui/format";
import { eventHistogram, logSpan } from "@/lib/queries/event-histogram";
import type { QueryContext } from "@/lib/queries/query-context";
import type { EventFilterText } from "./event-filter";
import { HistogramBrush } from "./histogram-brush.client";

const BUCKETS = 80;

/** Events over the time that the page is about, or over all of the log. A stretch drawn over it becomes `from` and `to`. */
export async function ActivityHistogram({
  store,
  context,
  filter,
}: {
  store: string;
  context: QueryContext;
  /** With its times as ISO. */
  filter: EventFilterText;
}) {
  const span = await logSpan(context);
  const from = filter.from ?? span?.first;
  const to = filter.to ?? span?.beyond;
  if (from === undefined || to === undefined || Date.parse(to) <= Date.parse(from)) return null;
  const { type, category, tenant } = filter;
  const { buckets, complete } = await eventHistogram(context, { from, to, type, category, tenant, buckets: BUCKETS });
  const sum = buckets.reduce((all, { events }) => all + events, 0);
  const counted = type ?? (tenant === undefined ? category : `tenant ${tenant}`);
  const uncounted = filter.stream ?? filter.streamPart ?? filter.correlation ?? filter.actor ?? filter.data;
  const words = [
    `${complete ? "" : "≈ "}${formatCount(sum)} ${sum === 1 ? "event" : "events"}`,
    counted === undefined ? "" : ` of ${counted}`,
    uncounted === undefined ? "" : ", whatever the rest of the filter says",
  ].join("");
  return <HistogramBrush store={store} filter={filter} buckets={buckets} words={words} />;
}
