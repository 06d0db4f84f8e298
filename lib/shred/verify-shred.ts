import type pg from "pg";
import type { ShredPlace } from "@/lib/kernel/shred-certificate";
import type { KeyStore } from "@/lib/keys/key-store";
import { countModelRows } from "@/lib/shred/count-model-rows";
import type { LateEvents } from "@/lib/shred/late-events";
import { countRows, type PersonalTexts } from "@/lib/shred/personal-values";
import { modelsToRebuild, servesSince } from "@/lib/shred/rebuild-read-models";
import { exportPlaces } from "@/lib/shred/remove-exports";
import type { Approved, ShredRunParts } from "@/lib/shred/shred-context";

/** What was seen after the keys were destroyed. */
export type ShredSeen = {
  readonly events: {
    readonly count: number;
    readonly fields: number;
    readonly late: number;
    readonly unreadable: number;
  };
  readonly places: readonly ShredPlace[];
};

/** Tables that hold no words of events, or only sealed ones; they are told of on their own. */
const NOT_SEARCHED: ReadonlySet<string> = new Set(["events", "merkle_tiles", "streams"]);
/** Rows above which a table of the store is not searched. */
const SEARCHED_ROWS_MAX = 2_000_000;

/** Looks at every place that a preview counted, and searches the store's own tables for texts of the person. */
export async function verifyShred(
  { pool, catalog }: ShredRunParts,
  keys: KeyStore,
  { request, late }: { readonly request: Approved; readonly late: LateEvents },
  { texts }: PersonalTexts,
): Promise<ShredSeen> {
  const { preview, destroyedAt } = request;
  const opened = await keys.keysToOpen(preview.keys.map(({ id }) => id));
  const destroyed = [...opened.values()].every(({ state }) => state === "destroyed");
  const count = preview.events + late.count;
  const places: ShredPlace[] = [];
  const rebuilt = modelsToRebuild({ catalog }, request, late).map(({ name }) => name);
  for (const name of rebuilt) {
    const since = await servesSince(pool, name, destroyedAt ?? "");
    const checked = "every row was made after the key was destroyed, and what was made before is dropped";
    places.push({
      place: `read model ${name}`,
      checked: since ? checked : "it serves rows of before",
      left: since ? 0 : null,
    });
  }
  for (const { name } of preview.readModels) {
    const projection = catalog.projections.find((known) => known.name === name);
    if (rebuilt.includes(name) || !projection) continue;
    const left = texts.length > 0 ? ((await countModelRows(pool, projection, texts)) ?? null) : null;
    const checked = "searched before the key was destroyed: no text of the person stood in it";
    places.push({
      place: `read model ${name}`,
      checked: left === null ? checked : `${checked}, and after it`,
      left: left ?? 0,
    });
  }
  places.push(...(await exportPlaces(pool, request.subject)));
  places.push(...(await searchTables(pool, texts)));
  return { events: { count, fields: preview.fields, late: late.count, unreadable: destroyed ? count : 0 }, places };
}

/** Failed events, spans, logs of runs and commands, snapshots, states of processes, and whatever else the store keeps. */
async function searchTables(pool: pg.Pool, texts: readonly string[]): Promise<readonly ShredPlace[]> {
  const { rows: tables } = await pool.query<{ name: string; quoted: string; rows: number }>(
    `select c.relname as name, format('%I.%I', current_schema(), c.relname) as quoted, c.reltuples::float8 as rows
       from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
        and has_table_privilege(c.oid, 'select') order by c.relname`,
  );
  const searched = tables.filter(({ name }) => !NOT_SEARCHED.has(name));
  if (texts.length === 0) {
    const checked =
      "not searched: the run was interrupted after the key was destroyed, and nobody knows the texts any more";
    return [{ place: "other tables of the store", checked, left: null }];
  }
  const places: ShredPlace[] = [];
  let clean = 0;
  for (const { name, quoted, rows } of searched) {
    const left = rows > SEARCHED_ROWS_MAX ? null : await countRows(pool, quoted, texts);
    if (left === 0) clean += 1;
    else places.push({ place: `table ${name}`, checked: left === null ? "not searched: too large" : "searched", left });
  }
  const checked = `${clean} tables searched for ${texts.length} texts of the person`;
  return [{ place: "other tables of the store", checked, left: 0 }, ...places];
}
