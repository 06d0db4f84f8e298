import { NotFound } from "@/lib/kernel/errors";
import { checkLimit, invalid } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";
import { createValues } from "@/lib/queries/sql-values";
import type { LegalHold } from "@/lib/shred/legal-hold";
import { REQUEST_COLUMNS, type RequestRow, type ShredRequest, toRequest } from "@/lib/shred/shred-request";

/** A page of requests to forget a person: open ones by when they are due, ended ones the latest first. */
export type ShredsPage = { readonly requests: readonly ShredRequest[]; readonly next: string | null };

/** What the list is filtered by: how requests stand, or how they ended. */
export const shredFilters = ["open", "overdue", "ended", "completed", "refused", "void"] as const;

/** One of them. */
export type ShredFilter = (typeof shredFilters)[number];

/** What a page is asked by; open ones when absent. */
export type ShredsRequest = {
  readonly state?: ShredFilter | undefined;
  readonly cursor?: string | undefined;
  readonly limit?: number | undefined;
};

type Reads = Pick<QueryContext, "reads">;

/** Lists requests. Throws `InvalidRequest`. */
export async function listShreds({ reads }: Reads, request: ShredsRequest = {}): Promise<ShredsPage> {
  const limit = checkLimit(request.limit);
  const { state = "open" } = request;
  const ended = state !== "open" && state !== "overdue";
  const { values, bind } = createValues();
  const where = [`ended_at is ${ended ? "not null" : "null"}`];
  if (state === "overdue") where.push("due_at < clock_timestamp()");
  else if (ended && state !== "ended") where.push(`state = ${bind(state)}`);
  if (request.cursor !== undefined) {
    const [id = "", due = ""] = request.cursor.split("~");
    if (!UUID.test(id) || (!ended && Number.isNaN(Date.parse(due))))
      throw invalid("cursor", "must be the `next` of a page");
    where.push(ended ? `id < ${bind(id)}::uuid` : `(due_at, id) > (${bind(due)}::timestamptz, ${bind(id)}::uuid)`);
  }
  const rows = await reads.query<RequestRow>(
    `select ${REQUEST_COLUMNS} from shred_requests where ${where.join(" and ")}
      order by ${ended ? "id desc" : "due_at, id"} limit ${bind(limit + 1)}`,
    values,
  );
  const requests = rows.slice(0, limit).map(toRequest);
  const last = requests.at(-1);
  const more = rows.length > limit && last !== undefined;
  return { requests, next: more ? (ended ? last.id : `${last.id}~${last.dueAt}`) : null };
}

/** One request. Throws `NotFound`. */
export async function shredOf({ reads }: Reads, id: string): Promise<ShredRequest> {
  const [row] = UUID.test(id)
    ? await reads.query<RequestRow>(`select ${REQUEST_COLUMNS} from shred_requests where id = $1`, [id])
    : [];
  if (!row) throw new NotFound("shred request", id.slice(0, 100));
  return toRequest(row);
}

/** The signed certificate of a completed request. Throws `NotFound`. */
export async function certificateOf({ reads }: Reads, id: string): Promise<string> {
  const [row] = UUID.test(id)
    ? await reads.query<{ certificate: string | null }>("select certificate from shred_requests where id = $1", [id])
    : [];
  if (row?.certificate) return row.certificate;
  throw new NotFound("certificate of the shred request", id.slice(0, 100));
}

const HOLDS_MAX = 500;

/** Legal holds that stand, the newest first; at most 500. */
export async function listHolds({ reads }: Reads): Promise<{ readonly holds: readonly LegalHold[] }> {
  const holds = await reads.query<LegalHold>(
    `select id, subject, reason, ticket, set_by as "setBy", set_at as "setAt" from legal_holds
      where released_at is null order by id desc limit ${HOLDS_MAX}`,
  );
  return { holds };
}

/** The legal hold that stands on each of these digests. */
export async function holdsOn({ reads }: Reads, subjects: readonly string[]): Promise<ReadonlyMap<string, LegalHold>> {
  const holds = await reads.query<LegalHold>(
    `select id, subject, reason, ticket, set_by as "setBy", set_at as "setAt" from legal_holds
      where subject = any ($1::text[]) and released_at is null`,
    [subjects],
  );
  return new Map(holds.map((hold) => [hold.subject, hold]));
}

/** The latest 50 requests about these digests, the newest first. */
export async function requestsAbout({ reads }: Reads, subjects: readonly string[]): Promise<readonly ShredRequest[]> {
  const rows = await reads.query<RequestRow>(
    `select ${REQUEST_COLUMNS} from shred_requests where subject = any ($1::text[]) order by id desc limit 50`,
    [subjects],
  );
  return rows.map(toRequest);
}

/** The request that is open for each of these digests, by its id. */
export async function openRequestsOf(
  { reads }: Reads,
  subjects: readonly string[],
): Promise<ReadonlyMap<string, { readonly id: string; readonly overdue: boolean }>> {
  const rows = await reads.query<{ id: string; subject: string; overdue: boolean }>(
    `select id, subject, due_at < clock_timestamp() as overdue from shred_requests
      where subject = any ($1::text[]) and ended_at is null`,
    [subjects],
  );
  return new Map(rows.map(({ subject, ...request }) => [subject, request]));
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
