import { AUDIT_STREAM } from "@/lib/queries/audit-entries";
import { checkLimit, checkText, invalid } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";
import { createValues } from "@/lib/queries/sql-values";

/** One entry of the audit. Fields that entries of older versions of Tidemark do not have are null. */
export type AuditRecord = {
  readonly id: string;
  readonly position: string;
  /** Its place in the audit stream: the audit has no gap where its versions have none. */
  readonly version: number;
  readonly at: string;
  readonly actor: string | null;
  readonly via: string | null;
  /** What was attempted: the operation's name. */
  readonly act: string | null;
  readonly type: string;
  readonly target: string | null;
  readonly summary: string;
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly outcome: "done" | "refused";
  /** Why it was refused: an error's code. */
  readonly code: string | null;
  /** The hash of the preview that was approved. */
  readonly preview: string | null;
  readonly requestId: string | null;
};

/** A page of the audit, newest first. `scan` is set when a filter stopped at its bound; `next` continues it. */
export type AuditPage = {
  readonly entries: readonly AuditRecord[];
  readonly next: string | null;
  readonly scan: { readonly scanned: number } | null;
};

/** What a page of the audit is asked by; each filter is exact. `cursor` is the `next` of the page before. */
export type AuditRequest = {
  readonly actor?: string | undefined;
  readonly target?: string | undefined;
  readonly act?: string | undefined;
  readonly outcome?: "done" | "refused" | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
};

/** Entries that one request looks at. Filters have no index of their own, so a page may end before it is full. */
const LOOK_MAX = 5_000;

/** Lists the audit by walking its stream backwards from the cursor. Throws `InvalidRequest`. */
export async function listAudit({ reads }: QueryContext, request: AuditRequest): Promise<AuditPage> {
  const limit = checkLimit(request.limit);
  const before = request.cursor === undefined ? null : checkVersion(request.cursor);
  const { values, bind } = createValues();
  const [stream, from, most] = [bind(AUDIT_STREAM), bind(before), bind(LOOK_MAX)];
  const residual = filtersOf(request, bind);
  const rows = await reads.query<EntryRecord>(
    `select e.event_id, e.position, e.version, e.recorded_at, e.actor, e.type, e.data
       from (select * from events newest where newest.stream = ${stream} and (${from}::bigint is null or newest.version < ${from}::bigint)
              order by newest.version desc limit ${most}::int) e
      where true ${residual} order by e.version desc limit ${bind(limit + 1)}::int`,
    values,
  );
  const entries = rows.slice(0, limit).map(toEntry);
  if (rows.length > limit) return { entries, next: String(entries.at(-1)?.version), scan: null };
  const [end] = await reads.query<{ lowest: bigint | null; looked: number }>(
    `select min(version) as lowest, count(*)::int as looked from (
       select version from events where stream = $1 and ($2::bigint is null or version < $2::bigint)
        order by version desc limit $3::int) walked`,
    [AUDIT_STREAM, before, LOOK_MAX],
  );
  const stopped = end !== undefined && end.looked >= LOOK_MAX && (end.lowest ?? 1n) > 1n;
  return { entries, next: stopped ? String(end.lowest) : null, scan: stopped ? { scanned: end.looked } : null };
}

type EntryRecord = {
  readonly event_id: string;
  readonly position: bigint;
  readonly version: bigint;
  readonly recorded_at: string;
  readonly actor: string | null;
  readonly type: string;
  readonly data: string;
};

function filtersOf(request: AuditRequest, bind: (value: unknown) => string): string {
  const parts: string[] = [];
  if (request.actor !== undefined) parts.push(`e.actor = ${bind(checkText(request.actor, "actor"))}`);
  for (const [name, field] of [
    ["target", "target"],
    ["act", "operation"],
  ] as const) {
    const value = request[name];
    if (value !== undefined) parts.push(`e.data::json ->> '${field}' = ${bind(checkText(value, name, 1_000))}`);
  }
  if (request.outcome !== undefined)
    parts.push(`e.type ${request.outcome === "refused" ? "=" : "<>"} 'OperationRefused'`);
  return parts.map((part) => `and ${part}`).join(" ");
}

function toEntry(row: EntryRecord): AuditRecord {
  const data = JSON.parse(row.data) as Readonly<Record<string, unknown>>;
  const text = (name: string) => (typeof data[name] === "string" ? data[name] : null);
  return {
    ...{ id: row.event_id, position: String(row.position), version: Number(row.version), at: row.recorded_at },
    ...{ actor: row.actor, via: text("via"), act: text("operation"), type: row.type, target: text("target") },
    ...{ summary: text("summary") ?? row.type, reason: text("reason"), ticket: text("ticket") },
    outcome: data.outcome === "refused" ? "refused" : "done",
    ...{ code: text("code"), preview: text("preview"), requestId: text("requestId") },
  };
}

function checkVersion(text: string): string {
  if (/^[1-9]\d{0,15}$/.test(text)) return text;
  throw invalid("cursor", "must be the `next` of a page");
}
