import type { Finding } from "@/lib/alerts/finding";
import { type Settings, settingOf } from "@/lib/alerts/rules";
import type { ReadDatabase } from "@/lib/db/read-database";

type Row = {
  readonly alive: number;
  readonly consumers: readonly string[];
  readonly kinds: readonly string[];
  readonly partitions: number;
};

const SQL = `
  with unheld as (
    select c.name, c.kind, count(*)::integer as partitions
      from consumers c join consumer_partitions p on p.consumer = c.name and p.generation = c.generation
     where c.mode = 'async' and c.state = 'running'
       and coalesce(p.lease_expires_at, c.registered_at) < clock_timestamp() - make_interval(secs => $1)
     group by 1, 2)
  select (select count(*) from workers where stopped_at is null and seen_at > clock_timestamp() - interval '10 seconds')::integer as alive,
         coalesce(array_agg(name order by name), '{}') as consumers, coalesce(array_agg(kind order by name), '{}') as kinds,
         coalesce(sum(partitions), 0)::integer as partitions
    from unheld`;

/**
 * Partitions of running consumers that no worker has held for so long, and fewer workers than expected. Who evaluates this is
 * a worker: when all are gone it is Prometheus that tells.
 */
export async function findMissingWorkers(reads: ReadDatabase, settings: Settings): Promise<Finding[]> {
  const [row] = await reads.query<Row>(SQL, [settingOf(settings, "seconds")]);
  if (!row) return [];
  const expected = settingOf(settings, "workers");
  const few = row.alive < expected;
  if (row.partitions === 0 && !few) return [];
  const shown = row.consumers.slice(0, 3).join(", ");
  return [
    {
      ...{ subject: "store", verdict: "breached", severity: "critical" },
      value: row.partitions,
      title: row.partitions > 0 ? `No worker holds ${shown}` : `${row.alive} of ${expected} workers are at work`,
      cause: {
        ...{ kind: "workers", alive: row.alive, consumers: row.consumers.slice(0, 20) },
        kinds: row.kinds.slice(0, 20),
      },
    },
  ];
}
