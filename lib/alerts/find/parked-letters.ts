import type { Finding } from "@/lib/alerts/finding";
import { type Settings, settingOf } from "@/lib/alerts/rules";
import type { ReadDatabase } from "@/lib/db/read-database";
import { snoozedFingerprintsSql } from "@/lib/subscriptions/snoozed-letters";

/** At most so many causes are told of, those with the oldest letters: more than that is one disaster, not many. */
const CAUSES_MAX = 50;

type Row = {
  readonly fingerprint: string;
  readonly consumer: string;
  readonly parked: number;
  readonly streams: number;
  readonly snoozed: boolean;
  readonly letter: bigint;
  readonly error: string | null;
  readonly position: bigint;
  readonly event_id: string;
  readonly stream: string;
  readonly version: bigint;
  readonly type: string;
};

// A breaker bounds the open letters of each consumer. Those of a generation that is being built are the rebuild's business.
const SQL = `
  select g.*, z.fingerprint is not null as snoozed, first.id as letter, first.error ->> 'name' as error, first.position,
         first.event_id, first.stream, first.version, first.type
    from (select d.fingerprint, d.consumer, count(*)::integer as parked, count(distinct d.stream)::integer as streams, min(d.id) as first
            from dead_letters d join consumers c on c.name = d.consumer and c.generation = d.generation
           where d.closed_at is null and d.state = 'parked'
           group by 1, 2 having count(*) >= $1 order by min(d.id) limit ${CAUSES_MAX}) g
    join dead_letters first on first.id = g.first
    left join (${snoozedFingerprintsSql}) z on z.fingerprint = g.fingerprint`;

/** Causes for which events are parked and wait for an operator. One that is snoozed opens no alert and ends none. */
export async function findParkedLetters(reads: ReadDatabase, settings: Settings): Promise<Finding[]> {
  const rows = await reads.query<Row>(SQL, [settingOf(settings, "events")]);
  return rows.map((row) => ({
    subject: row.fingerprint,
    verdict: row.snoozed ? "held" : "breached",
    severity: "critical",
    value: row.parked,
    title: `${row.parked} parked in ${row.consumer}: ${row.type} in ${row.stream}`,
    cause: {
      ...{ kind: "event", consumer: row.consumer, group: row.fingerprint, letter: String(row.letter) },
      ...{ error: row.error ?? "unknown", streams: row.streams },
      event: {
        ...{ position: String(row.position), eventId: row.event_id, stream: row.stream },
        ...{ version: String(row.version), type: row.type },
      },
    },
  }));
}
