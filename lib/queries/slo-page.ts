import { burnRate, WINDOW_DAYS } from "@/lib/alerts/slo";
import type { SloStatus } from "@/lib/alerts/slo-status";
import { AUDIT_STREAM } from "@/lib/queries/audit-entries";
import { type AlertRecord, type AlertRow, alertColumns, alertTables, toAlertRow } from "@/lib/queries/list-alerts";
import type { QueryContext } from "@/lib/queries/query-context";
import { sloOf } from "@/lib/queries/slo-list";

/** Ranges of time over an objective: their length, and the width of a stretch, in seconds. */
const RANGES = {
  "24h": { seconds: 86_400, width: 900 },
  "7d": { seconds: 604_800, width: 7_200 },
  "30d": { seconds: 2_592_000, width: 21_600 },
} as const;

/** A range by name. */
type SloRange = keyof typeof RANGES;

/** Every range, shortest first. */
export const sloRanges = Object.keys(RANGES) as [SloRange, ...SloRange[]];

/** How the time of a stretch is divided; the three make up what of it has passed since the lag is kept track of. Milliseconds. */
type SloStretch = {
  readonly at: string;
  readonly goodMs: number;
  readonly badMs: number;
  readonly unknownMs: number;
};

/** What somebody promised instead of what was promised before. */
type SloChange = {
  readonly event: string;
  readonly at: string;
  readonly by: string | null;
  readonly reason: string | null;
  readonly before: { readonly objectiveMs: number | null; readonly target: number | null };
  readonly after: { readonly objectiveMs: number | null; readonly target: number | null };
};

/** One promise in detail. */
export type SloPage = Omit<SloStatus, "burn"> & {
  /** Null where too little is known of the window. */
  readonly burn: SloStatus["burn"] & { readonly "24h": number | null; readonly "30d": number | null };
  readonly range: SloRange;
  readonly widthSeconds: number;
  /** Oldest first, at most 120; stretches before the lag was kept track of are left out. */
  readonly time: readonly SloStretch[];
  /** Newest first, at most twenty, as far as the newest 2,000 entries of the audit tell. */
  readonly changes: readonly SloChange[];
  /** Alerts about the consumer, newest first, at most ten. */
  readonly alerts: readonly AlertRow[];
};

const AUDIT_MAX = 2_000;
const CHANGES_MAX = 20;
const ALERTS_MAX = 10;
const DAY_MS = 86_400_000;

/** Reads the promise of a consumer with its history over a range that ends now. Throws `NotFound`. */
export async function sloPage(context: QueryContext, consumer: string, range: SloRange): Promise<SloPage> {
  const slo = await sloOf(context, consumer);
  const { seconds, width } = RANGES[range];
  const [time, day, changes, alerts] = await Promise.all([
    stretches(context, slo, seconds, width),
    stretches(context, slo, 86_400, 900),
    changesOf(context, consumer),
    context.reads.query<AlertRecord>(
      `select ${alertColumns} from ${alertTables} where a.subject = $1 order by a.id desc limit ${ALERTS_MAX}`,
      [consumer],
    ),
  ]);
  const since = slo.since === null ? 0 : Date.now() - Date.parse(slo.since);
  const { spentMs, known } = slo.budget;
  const elapsedMonth = Math.max(0, Math.min(since, WINDOW_DAYS * DAY_MS));
  const goodMonth = Math.max(0, elapsedMonth * (known ?? 0) - spentMs);
  const burn = (goodMs: number, badMs: number, elapsedMs: number, windowMs: number) =>
    burnRate({ goodMs, badMs, elapsedMs }, windowMs, slo.target);
  return {
    ...slo,
    burn: {
      ...slo.burn,
      "24h": burn(sum(day, "goodMs"), sum(day, "badMs"), Math.max(0, Math.min(since, DAY_MS)), DAY_MS),
      "30d": burn(goodMonth, spentMs, elapsedMonth, WINDOW_DAYS * DAY_MS),
    },
    ...{ range, widthSeconds: width, time, changes, alerts: alerts.map(toAlertRow) },
  };
}

function sum(time: readonly SloStretch[], side: "goodMs" | "badMs"): number {
  return time.reduce((total, stretch) => total + stretch[side], 0);
}

/** Stretches stand on whole multiples of their width; within a day they are read from minutes, beyond from hours. */
async function stretches(
  { reads }: QueryContext,
  { consumer, since }: Pick<SloStatus, "consumer" | "since">,
  seconds: number,
  width: number,
): Promise<SloStretch[]> {
  if (since === null) return [];
  const rows = await reads.query<{ at: string; good: number; bad: number; passed: number }>(
    `with edge as (select clock_timestamp() as now, to_timestamp(floor(extract(epoch from clock_timestamp()) / $2::int) * $2::int) as last),
     stretch as (select now, generate_series(last - make_interval(secs => $3::int - $2::int), last, make_interval(secs => $2::int)) as at from edge),
     counted as (
       select to_timestamp(floor(extract(epoch from t.at) / $2::int) * $2::int) as at, sum(t.good_ms)::float8 as good, sum(t.bad_ms)::float8 as bad
         from edge, slo_time t where t.consumer = $1 and t.width_s = case when $2::int < 3600 then 60 else 3600 end
          and t.at >= edge.last - make_interval(secs => $3::int) group by 1)
     select s.at, coalesce(c.good, 0) as good, coalesce(c.bad, 0) as bad,
            (extract(epoch from least(s.now, s.at + make_interval(secs => $2::int)) - greatest(s.at, $4::timestamptz)) * 1000)::float8 as passed
       from stretch s left join counted c using (at) where s.at + make_interval(secs => $2::int) > $4::timestamptz order by s.at`,
    [consumer, width, seconds, since],
  );
  return rows.map(({ at, good, bad, passed }) => ({
    ...{ at, goodMs: good, badMs: bad },
    unknownMs: Math.max(0, Math.round(passed - good - bad)),
  }));
}

async function changesOf({ reads }: QueryContext, consumer: string): Promise<SloChange[]> {
  const rows = await reads.query<{ event: string; at: string; by: string | null; data: string }>(
    `select e.event_id as event, e.recorded_at as at, e.actor as by, e.data::text as data
       from (select * from events newest where newest.stream = $1 order by newest.version desc limit ${AUDIT_MAX}) e
      where e.type = 'SloSet' and e.data::json ->> 'consumer' = $2 order by e.version desc limit ${CHANGES_MAX}`,
    [AUDIT_STREAM, consumer],
  );
  return rows.map(({ data, ...row }) => {
    const { before, after, reason } = JSON.parse(data) as Pick<SloChange, "before" | "after" | "reason">;
    return { ...row, reason, before, after };
  });
}
