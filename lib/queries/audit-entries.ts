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

/** Operator acts of the last `hours`, newest first, at most `limit`. */
export async function auditEntries({ reads }: QueryContext, hours: number, limit: number): Promise<AuditEntry[]> {
  const rows = await reads.query<{
    event_id: string;
    position: bigint;
    recorded_at: string;
    actor: string | null;
    type: string;
    data: string;
  }>(
    `select e.event_id, e.position, e.recorded_at, e.actor, e.type, e.data
       from (select * from events newest where newest.stream = $1 order by newest.version desc limit $3::int) e
      where e.recorded_at > now() - make_interval(hours => $2::int) order by e.version desc`,
    [AUDIT_STREAM, hours, limit],
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
