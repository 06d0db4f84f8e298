import type pg from "pg";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import type { ShredPreview } from "@/lib/shred/preview";

/** Where a request stands; the last three are its end. */
export type ShredState = "requested" | "approved" | "shredding" | "completed" | "refused" | "void";

/** A request to forget a person. Who that is, is told by the digest only. Times are ISO 8601 UTC. */
export type ShredRequest = {
  readonly id: string;
  readonly tenant: string | null;
  readonly subject: string;
  readonly state: ShredState;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly dueAt: string;
  /** Whether it is open and its time is over, by the database's clock. */
  readonly overdue: boolean;
  readonly reason: string;
  /** The law by which it is made; null where it was not said. */
  readonly legalBasis: string | null;
  readonly ticket: string | null;
  readonly keyBackupDays: number;
  /** Null while it is still looked for. */
  readonly preview: ShredPreview | null;
  readonly previewHash: string | null;
  readonly approvedBy: string | null;
  readonly approvedAt: string | null;
  /** For how many minutes after its approval it can be withdrawn before anything is destroyed. */
  readonly coolingMinutes: number;
  /** When that is over; null before it is approved. */
  readonly beginsAt: string | null;
  /** Whether that time runs, by the database's clock. */
  readonly cooling: boolean;
  /** The run that looks, then the one that shreds; null while an approved one waits to begin. */
  readonly run: string | null;
  readonly destroyedAt: string | null;
  /** Position of the tombstone event. */
  readonly tombstone: string | null;
  readonly closedBy: string | null;
  readonly closedReason: string | null;
  readonly endedAt: string | null;
};

/** The columns as `ShredRequest` has them; `preview` is parsed by `toRequest`. */
export const REQUEST_COLUMNS = `id, tenant, subject, state, requested_by as "requestedBy", requested_at as "requestedAt", due_at as "dueAt",
  (ended_at is null and due_at < clock_timestamp()) as overdue,
  reason, legal_basis as "legalBasis", ticket, key_backup_days as "keyBackupDays", preview::text as preview, preview_hash as "previewHash",
  approved_by as "approvedBy", approved_at as "approvedAt", cooling_minutes as "coolingMinutes", begins_at as "beginsAt",
  (state = 'approved' and begins_at > clock_timestamp()) is true as cooling, run::text as run, destroyed_at as "destroyedAt",
  tombstone::text as tombstone, closed_by as "closedBy", closed_reason as "closedReason", ended_at as "endedAt"`;

/** A row of `REQUEST_COLUMNS`. */
export type RequestRow = Omit<ShredRequest, "preview"> & { readonly preview: string | null };

/** The request of a row. */
export function toRequest({ preview, ...row }: RequestRow): ShredRequest {
  if (preview === null) return { ...row, preview };
  // Requests that were previewed before these were told do not have them.
  const untold = { personExports: [], parked: {} };
  return { ...row, preview: { ...untold, ...(JSON.parse(preview) as ShredPreview) } };
}

/** A request, locked in the caller's transaction where `lock` says so. Throws `not-found`. */
export async function readRequest(
  client: pg.Pool | pg.PoolClient,
  id: string,
  lock: "lock" | "look" = "look",
): Promise<ShredRequest> {
  const { rows } = await client.query<RequestRow>(
    `select ${REQUEST_COLUMNS} from shred_requests where id = $1 ${lock === "lock" ? "for update" : ""}`,
    [id],
  );
  const [row] = rows;
  if (!row) throw new NotFound("shred request", id);
  return toRequest(row);
}

const LISTED_MAX = 50;

/** The latest 50 requests about a digest. */
export async function listRequestsOf(client: pg.PoolClient, subject: string): Promise<readonly ShredRequest[]> {
  const { rows } = await client.query<RequestRow>(
    `select ${REQUEST_COLUMNS} from shred_requests where subject = $1 order by id desc limit ${LISTED_MAX}`,
    [subject],
  );
  return rows.map(toRequest);
}

/** Who a request is about, as a key store sealed it; null once it has ended. */
export async function readReference(client: pg.Pool, id: string): Promise<Buffer | null> {
  const { rows } = await client.query<{ reference: Buffer | null }>(
    "select reference from shred_requests where id = $1",
    [id],
  );
  return rows[0]?.reference ?? null;
}

/** Ends a request that is not completed: it keeps who and why, and no longer whom it was about, nor which streams were looked at for it. */
export async function closeRequest(
  client: pg.PoolClient,
  id: string,
  { state, by, reason }: { readonly state: "refused" | "void"; readonly by: string; readonly reason: string },
): Promise<void> {
  await client.query(
    `update shred_requests set state = $2, closed_by = $3, closed_reason = $4, reference = null, ended_at = clock_timestamp()
      where id = $1`,
    [id, state, by, reason],
  );
  await client.query(
    "update runs set checkpoint = null where kind = 'preview-shred' and subject = $1 and checkpoint is not null",
    [id],
  );
}

/** The refusal of an act for which a request does not stand right. */
export function notNow({ id, state }: ShredRequest, what: string): TidemarkError {
  return new TidemarkError("conflict", `Shred request ${id} is ${state} and cannot be ${what}.`, {
    request: id,
    state,
  });
}
