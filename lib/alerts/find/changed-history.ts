import type { EventAt, Finding } from "@/lib/alerts/finding";
import type { ReadDatabase } from "@/lib/db/read-database";

/** What is open of a history that was changed. Positions are decimal text. */
export type HistoryAlarm = {
  readonly since: string;
  readonly faults: number;
  /** The first fault, in words. */
  readonly what: string;
  /** The first and last position that were named, and what stands at the first now. */
  readonly first: string | null;
  readonly last: string | null;
  readonly event: EventAt | null;
  /** The latest verification that found it; null when only the builder of the Merkle log has. */
  readonly run: string | null;
};

type Row = {
  readonly since: string | null;
  readonly run: bigint | null;
  readonly faults: number;
  readonly first: bigint | null;
  readonly last: bigint | null;
  readonly what: string;
  readonly event_id: string | null;
  readonly stream: string;
  readonly version: bigint;
  readonly type: string;
};

// Who found it twice has not found twice as much: the one who found most is believed.
const SQL = `
  select a.*, e.event_id, e.stream, e.version, e.type
    from (select min(found_at) as since, max(run) as run, max(faults)::float8 as faults, min(first_position) as first,
                 max(last_position) as last, (array_agg(what order by first_position nulls last, id))[1] as what
            from history_alarms where settled_at is null) a
    left join events e on e.position = a.first`;

/** The open alarm that history was changed; null when there is none. */
export async function readHistoryAlarm(reads: ReadDatabase): Promise<HistoryAlarm | null> {
  const [row] = await reads.query<Row>(SQL);
  if (!row || row.since === null) return null;
  const { since, faults, what, event_id: eventId, stream, version, type } = row;
  const [first, last, run] = [row.first, row.last, row.run].map((each) => (each === null ? null : String(each)));
  const event =
    eventId === null || typeof first !== "string"
      ? null
      : { ...{ position: first, eventId, stream }, ...{ version: String(version), type } };
  return { since, faults, what, first: first ?? null, last: last ?? null, run: run ?? null, event };
}

/** Whether history was found to be other than it was recorded or signed, and nobody has settled it. */
export async function findChangedHistory(reads: ReadDatabase): Promise<Finding[]> {
  const alarm = await readHistoryAlarm(reads);
  if (alarm === null) return [];
  const { faults, ...cause } = alarm;
  const { first, last } = alarm;
  const where = first === null ? "" : first === last ? ` at position ${first}` : `, positions ${first} to ${last}`;
  return [
    {
      ...{ subject: "store", verdict: "breached", severity: "critical", value: faults },
      title: `History was changed: ${faults} ${faults === 1 ? "fault" : "faults"}${where}`,
      cause: { kind: "history", ...cause },
    },
  ];
}
