import type { ReadDatabase } from "@/lib/db/read-database";
import { gauge, type Reading } from "@/lib/queries/gauge";
import { openWork } from "@/lib/queries/open-work";
import type { MetricFamily } from "@/lib/telemetry/metric-family";

/** A lag sample that is older than this is no knowledge any more. */
const FRESH = "interval '5 seconds'";

/**
 * What the database knows of the whole installation, read when it is asked: bounded statements of a few milliseconds. What
 * is unknown has no series, never a zero.
 */
export async function installationMetrics(reads: ReadDatabase): Promise<readonly MetricFamily[]> {
  const [log, history, consumers, open] = await Promise.all([
    logMetrics(reads),
    historyMetrics(reads),
    consumerMetrics(reads),
    openWork(reads),
  ]);
  return [...log, ...history, ...consumers, ...open];
}

type LogFacts = {
  readonly head: bigint;
  readonly position: bigint;
  readonly looked: number | null;
  readonly held: number;
  readonly agent: string | null;
  readonly alive: number;
};

async function logMetrics(reads: ReadDatabase): Promise<MetricFamily[]> {
  const [facts] = await reads.query<LogFacts>(
    `select greatest(h.position, (select case when is_called then last_value else 0 end from position_seq)) as head, h.position,
            extract(epoch from clock_timestamp() - h.checked_at)::float8 as looked,
            coalesce((select extract(epoch from clock_timestamp() - e.recorded_at) from events e
                       where e.position > h.position order by e.position limit 1), 0)::float8 as held,
            case when h.checked_at > clock_timestamp() - interval '3 seconds' then h.agent end as agent,
            (select count(*) from workers where stopped_at is null and seen_at > clock_timestamp() - interval '10 seconds')::int as alive
       from high_water h`,
  );
  if (!facts) return [];
  const { head, position, looked, held, agent, alive } = facts;
  return [
    gauge("tidemark.log.head", "", "The last position that was drawn", [[{}, Number(head)]]),
    gauge("tidemark.high_water.position", "", "Everything up to here is settled", [[{}, Number(position)]]),
    gauge(
      "tidemark.high_water.looked",
      "s",
      "How long ago the high-water agent last looked",
      looked === null ? [] : [[{}, Math.max(0, looked)]],
    ),
    gauge("tidemark.high_water.age", "s", "Age of the oldest committed event above the mark; 0 when there is none", [
      [{}, Math.max(0, held)],
    ]),
    gauge("tidemark.high_water.agent", "", "Who keeps the mark", agent === null ? [] : [[{ worker: agent }, 1]]),
    gauge("tidemark.workers", "{worker}", "Workers that were seen in the last ten seconds", [[{}, alive]]),
  ];
}

async function historyMetrics(reads: ReadDatabase): Promise<MetricFamily[]> {
  const [facts] = await reads.query<{ alarms: number; unsigned: number }>(
    `select (select count(*) from history_alarms where settled_at is null)::int as alarms,
            coalesce((select extract(epoch from clock_timestamp() - e.recorded_at) from events e
                       where e.position > coalesce((select position from checkpoint_notes order by size desc limit 1), 0)
                         and e.position <= h.position order by e.position limit 1), 0)::float8 as unsigned
       from high_water h`,
  );
  if (!facts) return [];
  return [
    gauge("tidemark.history.alarms", "", "Open alarms that history was changed", [[{}, facts.alarms]]),
    gauge("tidemark.history.unsigned", "s", "Age of the oldest event that no checkpoint speaks of; 0 without one", [
      [{}, Math.max(0, facts.unsigned)],
    ]),
  ];
}

type ConsumerFacts = {
  readonly name: string;
  readonly kind: string;
  readonly mode: string;
  readonly state: string;
  readonly known: boolean;
  readonly age: number | null;
  readonly events: bigint | null;
  readonly held: number;
  readonly free: number;
  readonly faulted: number;
};

async function consumerMetrics(reads: ReadDatabase): Promise<MetricFamily[]> {
  const rows = await reads.query<ConsumerFacts>(
    `select c.name, c.kind, c.mode, c.state, coalesce(s.at > clock_timestamp() - ${FRESH}, false) as known,
            s.age_ms / 1000 as age, s.events, coalesce(p.held, 0) as held, coalesce(p.free, 0) as free, coalesce(p.faulted, 0) as faulted
       from consumers c
       left join lateral (select at, age_ms, events from lag_samples l where l.consumer = c.name order by at desc limit 1) s on true
       left join lateral (
         select (count(*) filter (where q.lease_expires_at > clock_timestamp()))::int as held,
                (count(*) filter (where q.lease_expires_at is null or q.lease_expires_at <= clock_timestamp()))::int as free,
                (count(*) filter (where q.error is not null))::int as faulted
           from consumer_partitions q where q.consumer = c.name and q.generation = c.generation) p on true
      order by c.name`,
  );
  const labelsOf = ({ name, kind }: ConsumerFacts) => ({ consumer: name, kind });
  const flag = (is: (row: ConsumerFacts) => boolean) => rows.map((row): Reading => [labelsOf(row), is(row) ? 1 : 0]);
  const known = rows.filter((row) => row.known && row.age !== null);
  return [
    gauge(
      "tidemark.consumer.lag.age",
      "s",
      "Age of the oldest event without effect",
      known.map((row) => [labelsOf(row), Number(row.age)]),
    ),
    gauge(
      "tidemark.consumer.lag.events",
      "{event}",
      "Events without effect, counted to 10,000",
      known.map((row) => [labelsOf(row), Number(row.events)]),
    ),
    gauge(
      "tidemark.consumer.lag.known",
      "",
      "1 when the lag is known, 0 when there is no worker or no high-water agent to know it from",
      flag((row) => known.includes(row)),
    ),
    gauge(
      "tidemark.consumer.running",
      "",
      "1 when it runs, 0 when it is paused",
      flag(({ state }) => state === "running"),
    ),
    gauge(
      "tidemark.consumer.partitions",
      "{partition}",
      "Partitions by state; a faulted one is held, too",
      rows
        .filter(({ mode }) => mode === "async")
        .flatMap(({ name, held, free, faulted }) =>
          Object.entries({ held, free, faulted }).map(([state, count]): Reading => [{ consumer: name, state }, count]),
        ),
    ),
  ];
}
