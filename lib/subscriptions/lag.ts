import type { ReadDatabase } from "@/lib/db/read-database";

/**
 * How far a consumer is behind, from the log itself; `unknown` is never shown as zero. `ageMs` is the age of its oldest
 * event without effect, or an upper bound of it where only other partitions' events were looked at; `events` is how many there
 * are, `more` that the count stopped at its bound.
 */
export type Lag =
  | { readonly known: true; readonly ageMs: number; readonly events: number; readonly more: boolean }
  | {
      readonly known: false;
      /** When it was known last, ISO 8601 UTC; null when it never was. */
      readonly since: string | null;
      readonly reason: "high-water-agent-missing" | "worker-missing" | "never-started";
    };

/** The lag of a consumer and the positions it was measured between. */
export type LagReading = { readonly lag: Lag; readonly checkpoint: bigint; readonly highWater: bigint };

/** Of whom: the named consumers, those of one kind, or all; and where counting stops. */
export type LagOptions = {
  readonly consumers?: readonly string[];
  readonly kind?: "projection" | "process";
  readonly countMax?: number;
};

/** Counting stops here unless the caller asks for more: lists are read often, and "2,000 and more" says what one needs to know. */
const LAG_COUNT_MAX = 2_000;

/**
 * The lag of the named consumers, or of all. Counted from the log: events of the consumer's types in each partition's
 * slices above its checkpoint, those above the high-water mark included, because a mark that is held back delays them
 * too. Unknown when the high-water agent has not looked for 3 s, or when a partition of a running consumer has no
 * worker; a partition that was just given back is not unknown yet. Inline consumers are never behind. What is told is the
 * lag of the generation that serves.
 */
export async function lagOf(db: ReadDatabase, options: LagOptions = {}): Promise<Map<string, Lag>> {
  const readings = await readLag(db, options);
  return new Map([...readings].map(([name, { lag }]) => [name, lag]));
}

/** The same with the positions, for samples. */
export async function readLag(
  db: ReadDatabase,
  { consumers, kind, countMax = LAG_COUNT_MAX }: LagOptions = {},
): Promise<Map<string, LagReading>> {
  const rows = await db.query<Row>(SQL, [consumers ?? null, countMax, kind ?? null]);
  return new Map(
    rows.map((row) => [
      row.name,
      { lag: lagFrom(row), checkpoint: row.checkpoint ?? row.highWater, highWater: row.highWater },
    ]),
  );
}

type Row = {
  readonly name: string;
  readonly mode: "async" | "inline";
  readonly paused: boolean;
  readonly agentMissing: boolean;
  readonly agentSince: string | null;
  readonly highWater: bigint;
  readonly checkpoint: bigint | null;
  readonly unheld: number;
  readonly unheldSince: string | null;
  readonly events: number;
  readonly more: boolean;
  readonly ageMs: number;
};

function lagFrom(row: Row): Lag {
  if (row.mode === "inline") return { known: true, ageMs: 0, events: 0, more: false };
  if (row.agentMissing) {
    const reason = row.agentSince === null ? "never-started" : "high-water-agent-missing";
    return { known: false, since: row.agentSince, reason };
  }
  if (row.unheld > 0 && !row.paused) {
    return {
      known: false,
      since: row.unheldSince,
      reason: row.unheldSince === null ? "never-started" : "worker-missing",
    };
  }
  return {
    known: true,
    ageMs: Math.max(0, row.ageMs),
    events: row.events,
    more: row.more,
  };
}

/** So many events of a type are looked at for the first of a partition's own. */
const LOOKED_AT = 500;

// Both look along the index of each type: a consumer of rare types that stands far back must not cost a walk through the log.
// Both look at a bounded part of it: a partition that has not even passed the first events of others is as old as the last of those.
// The count is bounded for the whole consumer: partitions that stand far back together cost no more than one.
const SQL = `
  select c.name, c.mode, c.state = 'paused' as paused,
         coalesce(h.checked_at < clock_timestamp() - interval '3 seconds', true) as "agentMissing", h.checked_at as "agentSince",
         h.position as "highWater", p.checkpoint, coalesce(p.unheld, 0)::integer as unheld, p."unheldSince",
         coalesce(w.events, 0) as events, coalesce(w.more, false) as more,
         coalesce(p."ageMs", 0)::float8 as "ageMs"
    from consumers c cross join high_water h
    left join lateral (
      select min(p.checkpoint) as checkpoint,
             count(*) filter (where p.lease_expires_at is null
               or p.lease_expires_at < clock_timestamp() - case when p.owner is null then interval '2 seconds' else interval '0' end) as unheld,
             case when bool_and(p.lease_expires_at is not null) then min(p.lease_expires_at) end as "unheldSince",
             max(extract(epoch from clock_timestamp() - oldest.recorded_at) * 1000) as "ageMs"
        from consumer_partitions p
        left join lateral (
          select min(coalesce(
                   (select near.recorded_at
                      from (select e.recorded_at, e.slice >= p.slice_from and e.slice < p.slice_to as own from events e
                             where (e.type, e.position) > (t.type, p.checkpoint) and e.type <= t.type
                             order by e.type, e.position limit ${LOOKED_AT}) near
                     where near.own limit 1),
                   (select e.recorded_at from events e
                     where (e.type, e.position) > (t.type, p.checkpoint) and e.type <= t.type
                     order by e.type, e.position offset ${LOOKED_AT - 1} limit 1))) as recorded_at
            from unnest(c.types) as t(type)
        ) oldest on true
       where p.consumer = c.name and p.generation = c.generation
    ) p on c.mode = 'async'
    left join lateral waiting_events(c.name, c.generation, c.types, $2::integer) w on p."ageMs" is not null
   where ($1::text[] is null or c.name = any ($1)) and ($3::text is null or c.kind = $3)`;
