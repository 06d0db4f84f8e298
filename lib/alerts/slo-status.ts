import { type Budget, budgetOf, burnRate, DEFAULT_TARGET, type SloTime, WINDOW_DAYS } from "@/lib/alerts/slo";
import type { ReadDatabase } from "@/lib/db/read-database";

/** The windows over which burn is looked at, by name, in milliseconds. */
const burnWindows = { "5m": 300_000, "30m": 1_800_000, "1h": 3_600_000, "6h": 21_600_000 } as const;

/** A consumer's promise and how it is kept. */
export type SloStatus = {
  readonly consumer: string;
  readonly kind: string;
  readonly objectiveMs: number;
  readonly target: number;
  /** Who set objective or target instead of the code, and when; null when the code's declaration holds. */
  readonly changedBy: string | null;
  readonly changedAt: string | null;
  /** Since when its lag is kept track of; null before the first sample. */
  readonly since: string | null;
  /** Null where too little is known of the window. */
  readonly burn: Readonly<Record<keyof typeof burnWindows, number | null>>;
  readonly budget: Budget;
};

type Row = {
  readonly consumer: string;
  readonly kind: string;
  readonly objective_ms: number;
  readonly target: number | null;
  readonly changed_by: string | null;
  readonly changed_at: string | null;
  readonly since: string | null;
  readonly elapsed_ms: number | null;
  readonly [time: `${"good" | "bad"}_${string}`]: number | null;
};

const NARROW = Object.entries(burnWindows)
  .flatMap(([name, ms]) =>
    ["good", "bad"].map(
      (side) =>
        `(sum(t.${side}_ms) filter (where t.at > clock_timestamp() - interval '${ms / 1000} seconds'))::float8 as ${side}_${name}`,
    ),
  )
  .join(", ");

// Per consumer at most 720 hours and 360 minutes, by the primary key.
const SQL = `
  select c.name as consumer, c.kind, c.slo_ms as objective_ms, s.target, s.changed_by, s.changed_at, first.at as since,
         (extract(epoch from clock_timestamp() - first.at) * 1000)::float8 as elapsed_ms, month.*, near.*
    from consumers c left join slos s on s.consumer = c.name
   cross join lateral (select min(t.at) filter (where t.width_s = 60) as minute, min(t.at) filter (where t.width_s = 3600) as hour
                        from (values (60), (3600)) width(s)
                       cross join lateral (select k.at, k.width_s from slo_time k where k.consumer = c.name and k.width_s = width.s
                                            order by k.at limit 1) t) kept
   cross join lateral (select case when kept.minute < kept.hour + interval '1 hour' then kept.minute else kept.hour end as at) first
   cross join lateral (select sum(t.good_ms)::float8 as good_month, sum(t.bad_ms)::float8 as bad_month from slo_time t
                        where t.consumer = c.name and t.width_s = 3600 and t.at > clock_timestamp() - interval '30 days') month
   cross join lateral (select ${NARROW} from slo_time t
                        where t.consumer = c.name and t.width_s = 60 and t.at > clock_timestamp() - interval '6 hours') near
   where c.mode = 'async' and ($1::text is null or c.name = $1)
   order by c.name`;

/** The promises of all asynchronous consumers, or of one, with budget and burn. */
export async function sloStatus(reads: ReadDatabase, consumer: string | null = null): Promise<SloStatus[]> {
  const rows = await reads.query<Row>(SQL, [consumer]);
  return rows.map((row) => {
    const target = row.target ?? DEFAULT_TARGET;
    const elapsed = row.elapsed_ms ?? 0;
    const timeIn = (name: string, windowMs: number): SloTime => {
      return {
        goodMs: row[`good_${name}`] ?? 0,
        badMs: row[`bad_${name}`] ?? 0,
        elapsedMs: Math.min(elapsed, windowMs),
      };
    };
    const burn = Object.entries(burnWindows).map(([name, ms]) => [name, burnRate(timeIn(name, ms), ms, target)]);
    return {
      consumer: row.consumer,
      kind: row.kind,
      objectiveMs: row.objective_ms,
      target,
      changedBy: row.changed_by,
      changedAt: row.changed_at,
      since: row.since,
      burn: Object.fromEntries(burn) as SloStatus["burn"],
      budget: budgetOf(timeIn("month", WINDOW_DAYS * 86_400_000), target),
    };
  });
}
