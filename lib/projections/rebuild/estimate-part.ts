import type pg from "pg";
import type { EventEstimate } from "@/lib/projections/rebuild/estimate-events";
import { inScope, type RebuildScope } from "@/lib/projections/rebuild/rebuild-scope";

/** What the rebuild of a part would read and write. Figures are those of a sample of rows, scaled up, unless `exact`. */
export type PartEstimate = {
  readonly events: EventEstimate;
  /** Rows that are there and would be folded anew, and rows that would be copied as they stand. */
  readonly refolded: number;
  readonly copied: number;
  readonly exact: boolean;
};

/** Rows that are looked at. */
const SAMPLE = 4_000;
/** Never more, whatever the server's statistics made of the table. */
const ROWS_MAX = 20_000;

/** Looks at random rows of a table whose keys are streams: which of them are in the part, and how long their streams are. */
export async function estimatePart(
  pool: pg.Pool,
  table: string,
  rowsNow: number,
  scope: RebuildScope,
): Promise<PartEstimate> {
  const percent = Math.min(100, (100 * SAMPLE) / Math.max(1, rowsNow));
  const part = inScope(scope, 1);
  const { rows } = await pool.query<{ looked: number; inside: number; events: number }>(
    `select count(*)::float8 as looked, count(*) filter (where p.inside)::float8 as inside,
            coalesce(sum(p.version) filter (where p.inside), 0)::float8 as events
       from (select "key" from ${table} tablesample system (${percent}) limit ${ROWS_MAX}) t left join lateral (
         select s.version, ${part.text} as inside from streams s where s.stream = t."key") p on true`,
    [...part.values],
  );
  const { looked = 0, inside = 0, events = 0 } = rows[0] ?? {};
  const exact = percent === 100 && looked < ROWS_MAX;
  const scale = exact || looked === 0 ? 1 : rowsNow / looked;
  return {
    events: { events: Math.round(events * scale), exact: false },
    refolded: Math.round(inside * scale),
    copied: Math.round((looked - inside) * scale),
    exact,
  };
}
