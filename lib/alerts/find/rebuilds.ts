import type { Finding } from "@/lib/alerts/finding";
import { type Settings, settingOf } from "@/lib/alerts/rules";
import type { ReadDatabase } from "@/lib/db/read-database";

/** The newest rebuilds; older ones are no news. */
const RUNS_MAX = 50;

type Row = {
  readonly id: bigint;
  readonly subject: string | null;
  readonly state: string;
  readonly ended_s: number | null;
  readonly newest: boolean;
};

const SQL = `
  select r.id, r.subject, r.state, extract(epoch from clock_timestamp() - r.ended_at)::float8 as ended_s,
         row_number() over (partition by r.subject order by r.id desc) = 1 as newest
    from (select * from runs where kind = 'rebuild' order by id desc limit ${RUNS_MAX}) r`;

/** Rebuilds that failed, unless the same was begun again since. */
export async function findFailedRebuilds(reads: ReadDatabase, settings: Settings): Promise<Finding[]> {
  const rows = await reads.query<Row>(SQL);
  const recent = rows.filter((row) => row.ended_s !== null && row.ended_s < settingOf(settings, "seconds"));
  return recent
    .filter(({ state, newest }) => state === "failed" && newest)
    .map((row) => toFinding(row, "warning", `The rebuild of ${row.subject ?? "a read model"} failed`));
}

/** Rebuilds that are done: they wait for a decision, or have just ended well. */
export async function findFinishedRebuilds(reads: ReadDatabase, settings: Settings): Promise<Finding[]> {
  const rows = await reads.query<Row>(SQL);
  return rows.flatMap((row) => {
    const what = `The rebuild of ${row.subject ?? "a read model"}`;
    if (row.state === "awaiting-decision") return [toFinding(row, "notice", `${what} awaits your decision`)];
    const news = row.ended_s !== null && row.ended_s < settingOf(settings, "seconds");
    return row.state === "succeeded" && news ? [toFinding(row, "notice", `${what} is finished`)] : [];
  });
}

function toFinding({ id, subject, state }: Row, severity: Finding["severity"], title: string): Finding {
  const run = String(id);
  return {
    ...{ subject: `R-${run}`, verdict: "breached", severity, value: 1, title },
    cause: { kind: "run", run, subject, state },
  };
}
