import type { Finding } from "@/lib/alerts/finding";
import { type Settings, settingOf } from "@/lib/alerts/rules";
import type { ReadDatabase } from "@/lib/db/read-database";

const SQL = `
  select s.up_to, extract(epoch from clock_timestamp() - oldest.recorded_at)::float8 as age_s,
         (select owner from duties where name = 'merkle-log' and lease_expires_at > clock_timestamp()) as builder
    from high_water h
   cross join lateral (select coalesce((select position from checkpoint_notes order by size desc limit 1), 0) as up_to) s
   cross join lateral (
     select e.recorded_at from events e where e.position > s.up_to and e.position <= h.position order by e.position limit 1) oldest`;

/** Whether events wait for a checkpoint for too long: nobody has the log's key, or building is behind. */
export async function findUnsignedHistory(reads: ReadDatabase, settings: Settings): Promise<Finding[]> {
  const [row] = await reads.query<{ up_to: bigint; age_s: number; builder: string | null }>(SQL);
  if (!row || row.age_s < settingOf(settings, "seconds")) return [];
  const { up_to: upTo, age_s: age, builder } = row;
  return [
    {
      ...{ subject: "store", verdict: "breached", severity: "warning", value: Math.round(age) },
      title: builder === null ? "No worker with the log's key signs history" : "Signing history is behind",
      cause: { kind: "signing", builder, upTo: String(upTo) },
    },
  ];
}
