import type { Finding, Holder } from "@/lib/alerts/finding";
import { type Settings, settingOf } from "@/lib/alerts/rules";
import type { ReadDatabase } from "@/lib/db/read-database";

type Row = {
  readonly position: bigint;
  readonly head: bigint;
  readonly still_s: number;
  readonly unseen_s: number | null;
  readonly pid: number | null;
  readonly application: string | null;
  readonly state: string | null;
  readonly transaction_ms: number | null;
  readonly query_ms: number | null;
  readonly waits_for: string | null;
};

const SQL = `
  select h.position, head.position as head, extract(epoch from clock_timestamp() - h.moved_at)::float8 as still_s,
         extract(epoch from clock_timestamp() - h.checked_at)::float8 as unseen_s,
         b.pid, b.application, b.state, b.transaction_ms, b.query_ms, b.waits_for
    from high_water h
   cross join (select case when is_called then last_value else 0 end as position from position_seq) head
    left join lateral (select * from floor_holders() f where f.floor <= h.position order by f.floor, f.transaction_ms desc nulls last limit 1) b
      on h.position < head.position`;

/** Whether the mark stands below the head for too long, and which session holds it; or that no agent looks any more. */
export async function findHeldMark(reads: ReadDatabase, settings: Settings): Promise<Finding[]> {
  const seconds = settingOf(settings, "seconds");
  const [row] = await reads.query<Row>(SQL);
  if (!row) return [];
  const waiting = row.head - row.position;
  const unseen = row.unseen_s === null || row.unseen_s > seconds;
  const holder: Holder | null =
    row.pid === null
      ? null
      : {
          ...{ pid: row.pid, application: row.application, state: row.state, transactionMs: row.transaction_ms },
          ...{ queryMs: row.query_ms, waitsFor: row.waits_for },
        };
  // The mark moved long ago in a quiet store, too: what counts is how long a session has stood in its way. Without one it is
  // about to move.
  const held = holder === null ? 0 : Math.min(row.still_s, (holder.transactionMs ?? row.still_s * 1_000) / 1_000);
  if (!unseen && held < seconds) return [];
  return [
    {
      ...{ subject: "store", verdict: "breached", severity: "critical" },
      value: Math.round(unseen ? (row.unseen_s ?? 0) : held),
      title: unseen
        ? "No high-water agent looks at the log"
        : `${waiting} positions wait for session ${holder?.pid} (${holder?.application || "unnamed"})`,
      cause: { kind: "mark", position: String(row.position), head: String(row.head), holder },
    },
  ];
}
