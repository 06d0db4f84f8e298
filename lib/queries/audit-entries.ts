import { versionAtTime } from "@/lib/queries/position-at";
import type { QueryContext } from "@/lib/queries/query-context";

/** The stream that holds every act of an operator. */
export const AUDIT_STREAM = "operations-audit";

/** An operator's act, from the audit stream. */
export type AuditEntry = {
  readonly id: string;
  readonly position: string;
  readonly at: string;
  readonly actor: string | null;
  readonly type: string;
  /** One line: what was done to what. */
  readonly summary: string;
};

/** Operator acts of the `hours` before `at`, ISO 8601, or before now, newest first, at most `limit`. */
export async function auditEntries(
  { reads }: QueryContext,
  { hours, limit, at }: { readonly hours: number; readonly limit: number; readonly at?: string },
): Promise<AuditEntry[]> {
  const through = at === undefined ? null : await versionAtTime(reads, AUDIT_STREAM, at);
  const rows = await reads.query<{
    event_id: string;
    position: bigint;
    recorded_at: string;
    actor: string | null;
    type: string;
    data: string;
  }>(
    `select e.event_id, e.position, e.recorded_at, e.actor, e.type, e.data
       from (select * from events newest where newest.stream = $1 and newest.version <= coalesce($4::bigint, 9223372036854775807)
              order by newest.version desc limit $3::int) e
      where e.recorded_at > coalesce($5::timestamptz, now()) - make_interval(hours => $2::int) order by e.version desc`,
    [AUDIT_STREAM, hours, limit, through, at ?? null],
  );
  return rows.map((row) => ({
    id: row.event_id,
    position: String(row.position),
    at: row.recorded_at,
    actor: row.actor,
    type: row.type,
    summary: summaryOf(row.data, row.type),
  }));
}

function summaryOf(data: string, type: string): string {
  const parsed: unknown = JSON.parse(data);
  if (typeof parsed === "object" && parsed !== null && "summary" in parsed) return String(parsed.summary);
  return type;
}
