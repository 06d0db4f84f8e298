import { urls } from "@/app/_lib/urls";
import { Figure } from "@/app/_ui/figure";
import { formatAgo, formatCount, formatDuration, formatRate, formatTime, plural, UNKNOWN } from "@/app/_ui/format";
import { Glyph } from "@/app/_ui/glyph";
import { Link } from "@/app/_ui/link.client";
import { PageHeader, Section } from "@/app/_ui/page-header";
import { PositionPill } from "@/app/_ui/position-pill";
import { Sparkline } from "@/app/_ui/sparkline";
import { TimeCell } from "@/app/_ui/time-cell.client";
import { listEvents } from "@/lib/queries/list-events";
import { attentionThen } from "@/lib/queries/moment/attention-then";
import { type OverviewThen, overviewThen } from "@/lib/queries/moment/overview-then";
import type { QueryContext } from "@/lib/queries/query-context";
import { EventTable } from "../events/event-table.client";
import { AttentionList } from "./attention-list";
import { ConsumersThen, RunsThen } from "./frozen-tables";
import { MomentBox } from "./moment-box";
import { RecentActs } from "./recent-acts";

/** Events shown at the foot of the page. */
const LATEST = 10;
const STEP_MS = 300_000;

/** The overview as it was at a past moment: what hurt then, and what of it cannot be known. It does not move. */
export async function FrozenOverview({ store, context, at }: { store: string; context: QueryContext; at: string }) {
  const then = await overviewThen(context, at);
  const newest = await listEvents(context, { before: then.before, limit: LATEST });
  return (
    <>
      <PageHeader title="Overview" status={<span className="text-data">as it was</span>}>
        <MomentBox store={store} text={at.replace(/\.000Z$/, "Z")} />
      </PageHeader>
      <FrozenLine store={store} then={then} />
      <AttentionList store={store} items={attentionThen(then)} title="Needed attention" calm={<Calm then={then} />} />
      <FiguresThen then={then} />
      <ConsumersThen store={store} then={then} />
      <RunsThen store={store} then={then} />
      <Section
        title="Latest events of then"
        className="border-t"
        aside={
          <Link href={urls.events(store, { at })} className="link text-data">
            Open the event log at this moment
          </Link>
        }
      >
        {newest.events.length === 0 ? (
          <p className="px-4 pb-2 text-muted">The log was empty.</p>
        ) : (
          <EventTable store={store} rows={newest.events.map(({ data: _data, metadata: _metadata, ...row }) => row)} />
        )}
      </Section>
      <RecentActs store={store} acts={then.acts} now={at} title="Operator acts, 24 h before" />
      <Section title="Not known of this moment" className="border-t pb-4">
        <ul className="max-w-prose list-disc px-4 pb-3 pl-8 text-muted">
          {then.notKept.map((line) => (
            <li key={line}>{line}</li>
          ))}
        </ul>
      </Section>
    </>
  );
}

/** Says in the hatch of what stands still that this is the past, and leads to now and to the moments beside it. */
function FrozenLine({ store, then: { at, now } }: { store: string; then: OverviewThen }) {
  const beside = (ms: number) => new Date(Date.parse(at) + ms).toISOString();
  const later = Date.parse(at) + STEP_MS < Date.parse(now);
  return (
    <div
      role="note"
      className="flex flex-wrap items-center gap-x-4 gap-y-1 border-b bg-idle-tint px-4 py-2"
      data-copy-page={at}
    >
      <p>
        <span className="mr-2 inline-flex align-middle">
          <Glyph status="idle" size={12} />
        </span>
        <span className="font-medium">
          Frozen at <TimeCell at={at} year /> UTC
        </span>{" "}
        <span className="text-muted">{formatAgo(at, Date.parse(now))}. Nothing on this page moves.</span>
      </p>
      <nav aria-label="Other moments" className="ml-auto flex flex-wrap gap-2">
        <Link className="btn" href={urls.overview(store, { at: beside(-STEP_MS) })} aria-keyshortcuts="," replace>
          5 min earlier <kbd className="kbd">,</kbd>
        </Link>
        {later ? (
          <Link className="btn" href={urls.overview(store, { at: beside(STEP_MS) })} aria-keyshortcuts="." replace>
            5 min later <kbd className="kbd">.</kbd>
          </Link>
        ) : null}
        <Link className="btn" data-primary="" href={urls.overview(store)} aria-keyshortcuts="b">
          Back to now <kbd className="kbd">b</kbd>
        </Link>
      </nav>
    </div>
  );
}

function Calm({ then: { consumers } }: { then: OverviewThen }) {
  const known = consumers.filter(({ lag }) => lag.known).length;
  const word =
    consumers.length === 0
      ? "No consumer was registered yet."
      : `The lag of ${known} of ${plural(consumers.length, "consumer")} is known of then.`;
  return (
    <>
      <Glyph status={known === consumers.length && known > 0 ? "ok" : "stale"} size={12} />
      <p className="font-medium">Nothing that is kept tells of pain.</p>
      <p className="text-muted">{word}</p>
    </>
  );
}

function FiguresThen({ then }: { then: OverviewThen }) {
  const { appendRate, head, headAt, consumers, highWater, workers, at } = then;
  const measured = consumers.flatMap(({ name, lag }) => (lag.known ? [{ name, ...lag }] : []));
  const worst = measured.toSorted((a, b) => b.ageMs - a.ageMs)[0];
  const all = consumers.length > 0 && measured.length === consumers.length;
  const behind = measured.reduce((sum, { events }) => sum + events, 0);
  return (
    <dl className="grid grid-cols-2 gap-px border-y bg-line *:bg-canvas sm:grid-cols-3 xl:grid-cols-6">
      <Figure label="Append rate" value={headAt === null ? "none" : `≈ ${formatRate(appendRate.perSecond, "ev")}`}>
        {headAt === null ? (
          "nothing was recorded"
        ) : (
          <Sparkline values={appendRate.spark} label="Events appended a second over the minute before" />
        )}
      </Figure>
      <Figure label="Last position" value={head === null ? UNKNOWN : formatCount(head)}>
        {headAt === null ? "an empty log" : `recorded at ${formatTime(headAt)}`}
      </Figure>
      <Figure label="Worst lag" value={worst ? formatDuration(worst.ageMs) : UNKNOWN}>
        {worst ? `${worst.name}${worst.of === "second" ? "" : `, in that ${worst.of}`}` : "not kept"}
      </Figure>
      <Figure label="Events behind" value={all ? formatCount(behind) : UNKNOWN}>
        {all ? `over ${plural(consumers.length, "consumer")}` : "not known of every consumer"}
      </Figure>
      <Figure label="High-water mark" value={highWater === null ? UNKNOWN : <PositionPill position={highWater} />}>
        {highWater === null ? "not kept" : "as the lag of that second was measured"}
      </Figure>
      <Figure label="Workers" value={workers === null ? UNKNOWN : formatCount(workers)}>
        {workers === null ? `not kept of ${at.slice(0, 10)}` : "at work"}
      </Figure>
    </dl>
  );
}
