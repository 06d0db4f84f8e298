import type { ViewPage } from "@/lib/kernel/console-address";
import { NotFound } from "@/lib/kernel/errors";
import type { QueryContext } from "@/lib/queries/query-context";

/** A list page with its filter under a name. Times are ISO 8601 UTC. */
export type SavedView = {
  readonly id: string;
  readonly owner: string;
  readonly page: ViewPage;
  readonly name: string;
  /** The query of its address, without the question mark. */
  readonly query: string;
  readonly shared: boolean;
  readonly changedAt: string;
};

/** Views that are listed; an owner may have 200, and others share theirs. */
const VIEWS_MAX = 500;

/** The views that somebody sees: their own and those that are shared, by name; of one page or of all. */
export async function savedViews(
  { reads }: Pick<QueryContext, "reads">,
  owner: string,
  page?: ViewPage,
): Promise<{ readonly views: readonly SavedView[] }> {
  const rows = await reads.query<ViewRecord>(
    `${SELECT} where (v.owner = $1 or v.shared) and ($2::text is null or v.page = $2) order by v.name, v.id limit ${VIEWS_MAX}`,
    [owner, page ?? null],
  );
  return { views: rows.map(toSavedView) };
}

/** One view. Throws `NotFound`, also for the private one of somebody else. */
export async function savedView({ reads }: Pick<QueryContext, "reads">, owner: string, id: string): Promise<SavedView> {
  const rows = /^[1-9]\d{0,17}$/.test(id)
    ? await reads.query<ViewRecord>(`${SELECT} where v.id = $1::bigint and (v.owner = $2 or v.shared)`, [id, owner])
    : [];
  const [row] = rows;
  if (!row) throw new NotFound("view", id.slice(0, 100));
  return toSavedView(row);
}

const SELECT = `select v.id, v.owner, v.page, v.name, v.query, v.shared, v.changed_at as "changedAt" from saved_views v`;

type ViewRecord = Omit<SavedView, "id"> & { readonly id: bigint };

function toSavedView(record: ViewRecord): SavedView {
  return { ...record, id: String(record.id) };
}
