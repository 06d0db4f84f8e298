import { AUDIT_STREAM } from "@/lib/queries/audit-entries";
import { versionAtTime } from "@/lib/queries/position-at";
import type { QueryContext } from "@/lib/queries/query-context";

/** How a consumer stood at a past moment, as far as it was kept. */
export type ConsumerThen = {
  readonly name: string;
  readonly kind: string;
  readonly lag:
    | {
        readonly known: true;
        readonly ageMs: number;
        readonly events: number;
        /** What the figures are of: the sample of that second, or the worst of the minute or hour that it is in. */
        readonly of: "second" | "minute" | "hour";
      }
    /** `unmeasured`: nobody looked, or what was seen is not kept any more. `unknown`: it could not be told then. */
    | { readonly known: false; readonly why: "unmeasured" | "unknown" };
  /** For how long it was over its objective of then, in the minute or the hour of the moment; null where that is not kept. */
  readonly over: { readonly ms: number; readonly of: "minute" | "hour" } | null;
  /** Who had paused it, as the audit tells; null when nobody had, or too much was done since. */
  readonly pausedBy: string | null;
};

/** How consumers stood, worst first, and the high-water mark in the samples of that second; null where none is kept. */
type LagThen = { readonly consumers: readonly ConsumerThen[]; readonly highWater: string | null };

/** Entries of the audit that are looked at for pauses. */
const AUDIT_MAX = 2_000;
/** A sample speaks for what comes after it for so long, in seconds. */
const SPEAKS_FOR_S = 5;

type Row = {
  readonly name: string;
  readonly kind: string;
  readonly of: "second" | "minute" | "hour" | null;
  readonly age_ms: number | null;
  readonly events: bigint | null;
  /** The highest of all. */
  readonly high_water: bigint | null;
  readonly bad_ms: number | null;
  readonly bad_of: "minute" | "hour" | null;
};

/** How every asynchronous consumer that was registered by `at`, ISO 8601, stood then. */
export async function lagThen(context: QueryContext, at: string): Promise<LagThen> {
  const [rows, paused] = await Promise.all([
    context.reads.query<Row>(
      `with moment as (select $1::timestamptz as at, date_trunc('minute', $1::timestamptz) as minute, date_trunc('hour', $1::timestamptz) as hour)
       select c.name, c.kind, k.of, k.age_ms, k.events, max(k.high_water) over () as high_water, s.bad_ms, s.of as bad_of
         from moment m cross join consumers c
         left join lateral (
           (select 1 as rank, 'second' as of, s.age_ms, s.events, s.high_water from lag_samples s
             where s.consumer = c.name and s.at <= m.at and s.at > m.at - make_interval(secs => ${SPEAKS_FOR_S}) order by s.at desc limit 1)
           union all
           select 2, 'minute', h.age_ms, h.events, null from lag_history h where h.consumer = c.name and h.seconds = 60 and h.at = m.minute
           union all
           select 3, 'hour', h.age_ms, h.events, null from lag_history h where h.consumer = c.name and h.seconds = 3600 and h.at = m.hour
           order by rank limit 1) k on true
         left join lateral (
           select case t.width_s when 60 then 'minute' else 'hour' end as of, t.bad_ms from slo_time t
            where t.consumer = c.name and ((t.width_s = 60 and t.at = m.minute) or (t.width_s = 3600 and t.at = m.hour))
            order by t.width_s limit 1) s on true
        where c.mode = 'async' and c.registered_at <= m.at
        order by k.age_ms desc nulls first, c.name`,
      [at],
    ),
    pausedThen(context, at),
  ]);
  const highWater = rows[0]?.high_water ?? null;
  return {
    consumers: rows.map((row) => toConsumer(row, paused)),
    highWater: highWater === null ? null : String(highWater),
  };
}

function toConsumer(row: Row, paused: ReadonlyMap<string, string>): ConsumerThen {
  const { name, kind, of, age_ms: ageMs, events, bad_ms: badMs, bad_of: badOf } = row;
  return {
    ...{ name, kind, pausedBy: paused.get(name) ?? null },
    lag:
      of === null || ageMs === null
        ? { known: false, why: of === null ? "unmeasured" : "unknown" }
        : { known: true, ageMs, events: Number(events ?? 0n), of },
    over: badMs === null || badOf === null ? null : { ms: badMs, of: badOf },
  };
}

/** Who had paused what, from the newest entries of the audit before `at`. */
async function pausedThen({ reads }: QueryContext, at: string): Promise<ReadonlyMap<string, string>> {
  const through = await versionAtTime(reads, AUDIT_STREAM, at);
  const rows = await reads.query<{ consumer: string; by: string }>(
    `select last.consumer, last.by from (
       select distinct on (1) coalesce(e.data::json ->> 'projection', e.data::json ->> 'process') as consumer, e.type, e.actor as by
         from (select * from events newest where newest.stream = $1 and newest.version <= $2::bigint
                order by newest.version desc limit ${AUDIT_MAX}) e
        where e.type in ('ProjectionPaused', 'ProjectionResumed', 'ProcessPaused', 'ProcessResumed')
        order by 1, e.version desc) last
      where last.type like '%Paused' and last.consumer is not null`,
    [AUDIT_STREAM, through],
  );
  return new Map(rows.map(({ consumer, by }) => [consumer, by]));
}
