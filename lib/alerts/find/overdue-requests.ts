import type { Finding } from "@/lib/alerts/finding";
import { type Settings, settingOf } from "@/lib/alerts/rules";
import type { ReadDatabase } from "@/lib/db/read-database";

const COUNTED_MAX = 100;

const SQL = `
  select count(*)::int as n, min(due_at) as due, (array_agg(id::text order by due_at, id))[1] as first, count(*) filter (where due_at < clock_timestamp())::int as overdue
    from (select id, due_at from shred_requests where ended_at is null and due_at < clock_timestamp() + $1 * interval '1 day'
           order by due_at limit ${COUNTED_MAX}) waiting`;

/** Requests to forget a person that are open and whose day is over, or comes in so many days. */
export async function findOverdueRequests(reads: ReadDatabase, settings: Settings): Promise<Finding[]> {
  const [row] = await reads.query<{ n: number; due: string | null; first: string; overdue: number }>(SQL, [
    settingOf(settings, "days"),
  ]);
  if (!row || row.due === null) return [];
  const { n, due, first, overdue } = row;
  const many = n === COUNTED_MAX ? `${n} or more requests` : n === 1 ? "One request" : `${n} requests`;
  return [
    {
      ...{ subject: "store", verdict: "breached", severity: "warning", value: n },
      title: `${many} to be forgotten ${n === 1 ? "is" : "are"} ${overdue > 0 ? "overdue" : "due soon"}`,
      cause: { kind: "requests", waiting: n, overdue, due, first },
    },
  ];
}
