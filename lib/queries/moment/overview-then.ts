import { type AppendRate, appendRate } from "@/lib/queries/append-rate";
import { type AuditEntry, auditEntries } from "@/lib/queries/audit-entries";
import { checkTime, invalid } from "@/lib/queries/check-input";
import { type AlertThen, alertsThen } from "@/lib/queries/moment/alerts-then";
import { type ConsumerThen, lagThen } from "@/lib/queries/moment/lag-then";
import { type LettersThen, lettersThen, type RunThen, runsThen, workersThen } from "@/lib/queries/moment/work-then";
import { positionAtTime } from "@/lib/queries/position-at";
import type { QueryContext } from "@/lib/queries/query-context";

/** The first page as it was at a past moment, from what is kept; what is not is named in `notKept`. */
export type OverviewThen = {
  /** The moment, ISO 8601. */
  readonly at: string;
  /** The time of the database now. */
  readonly now: string;
  /** The position after the last event that was recorded before the moment: the log of then ends before it. */
  readonly before: string;
  /** The last position of then; null when the log was empty. */
  readonly head: string | null;
  readonly headAt: string | null;
  readonly appendRate: AppendRate;
  /** Up to where the log could be read; null where no sample of that second is kept. */
  readonly highWater: string | null;
  readonly workers: number | null;
  /** Worst first. */
  readonly alerts: readonly AlertThen[];
  /** The oldest unprocessed event first; what is unknown before. */
  readonly consumers: readonly ConsumerThen[];
  readonly letters: readonly LettersThen[];
  readonly runs: readonly RunThen[];
  /** Operator acts of the 24 hours before, newest first, at most 20. */
  readonly acts: readonly AuditEntry[];
  /** What cannot be known of the moment, and why, one sentence each. */
  readonly notKept: readonly string[];
};

/** Reads the first page as it was. `at` is ISO 8601 and not in the future. Throws `InvalidRequest`. */
export async function overviewThen(context: QueryContext, at: string): Promise<OverviewThen> {
  checkTime(at, "at");
  const { reads } = context;
  const [clock] = await reads.query<{ now: string; future: boolean }>(
    "select clock_timestamp() as now, $1::timestamptz > clock_timestamp() as future",
    [at],
  );
  if (!clock || clock.future) throw invalid("at", "must not lie in the future");
  const { now } = clock;
  const [before, rate, lag, alerts, letters, runs, workers, acts] = await Promise.all([
    positionAtTime(reads, at),
    appendRate(context, at),
    lagThen(context, at),
    alertsThen(context, at),
    lettersThen(context, at),
    runsThen(context, at),
    workersThen(context, at),
    auditEntries(context, { hours: 24, limit: 20, at }),
  ]);
  const [head] = await reads.query<{ position: bigint; recorded_at: string }>(
    "select position, recorded_at from events where position < $1::bigint order by position desc limit 1",
    [before],
  );
  return {
    ...{ at, now, before: String(before), appendRate: rate, highWater: lag.highWater, workers },
    ...{ head: head ? String(head.position) : null, headAt: head?.recorded_at ?? null },
    ...{ alerts, consumers: lag.consumers, letters, runs, acts },
    notKept: notKept({ at, now, lag, workers }),
  };
}

const DAY_MS = 86_400_000;

function notKept(known: {
  readonly at: string;
  readonly now: string;
  readonly lag: { readonly consumers: readonly ConsumerThen[]; readonly highWater: string | null };
  readonly workers: number | null;
}): string[] {
  const days = (Date.parse(known.now) - Date.parse(known.at)) / DAY_MS;
  const { consumers, highWater } = known.lag;
  const unmeasured = consumers.filter(({ lag }) => !lag.known && lag.why === "unmeasured").length;
  const coarse = consumers.find(({ lag }) => lag.known && lag.of !== "second")?.lag;
  return [
    ...(unmeasured > 0
      ? [
          `The lag of ${unmeasured === consumers.length ? "every consumer" : `${unmeasured} of ${consumers.length} consumers`}: nobody measured it then, or it is longer ago than it is kept (seconds for a day, minutes for three, hours for a month).`,
        ]
      : []),
    ...(coarse?.known ? [`The lag of that second: the figures are the worst of the ${coarse.of} that it is in.`] : []),
    ...(highWater === null ? ["The high-water mark: it is kept with the seconds of the lag, for a day."] : []),
    ...(known.workers === null ? ["How many workers were at work: that is kept for a day."] : []),
    ...(days > 90 ? ["Alerts and dead letters that have ended since: they are kept for 90 days."] : []),
    "Conditions that were about to fire and did not, how far a run was, the invariants, and what the demo traffic did: only the present of these is kept.",
  ];
}
