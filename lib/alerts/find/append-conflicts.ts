import type { Finding } from "@/lib/alerts/finding";
import { type Settings, settingOf } from "@/lib/alerts/rules";
import type { ReadDatabase } from "@/lib/db/read-database";

const SQL = `
  select coalesce(sum(appends), 0)::float8 as appends, coalesce(sum(conflicts), 0)::float8 as conflicts,
         (array_agg(stream order by minute desc, conflicts desc) filter (where stream is not null))[1] as stream
    from append_counts where minute > clock_timestamp() - interval '2 minutes'`;

/** Whether too large a share of the appends of the last two minutes met a conflict: somebody decides on what is old. */
export async function findAppendConflicts(reads: ReadDatabase, settings: Settings): Promise<Finding[]> {
  const [row] = await reads.query<{ appends: number; conflicts: number; stream: string | null }>(SQL);
  if (!row) return [];
  const { appends, conflicts, stream } = row;
  const tried = appends + conflicts;
  const share = tried === 0 ? 0 : (conflicts / tried) * 100;
  if (tried < settingOf(settings, "appends") || share < settingOf(settings, "share")) return [];
  return [
    {
      ...{ subject: "store", verdict: "breached", severity: "warning", value: Math.round(share * 10) / 10 },
      title: `${Math.round(share)} % of appends conflict${stream === null ? "" : `, in ${stream} among others`}`,
      cause: { kind: "appends", appends, conflicts, stream },
    },
  ];
}
