import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import { importRun } from "@/lib/import/import-run";
import { rebuildRun } from "@/lib/projections/rebuild/rebuild-run";
import { verifyLog } from "@/lib/runs/kinds/verify-log";
import type { RunKind } from "@/lib/runs/run";
import type { Snapshots } from "@/lib/snapshots/snapshots";
import { verifyCategory } from "@/lib/snapshots/verify-category";

/** Every kind of long job that this installation knows. Workers carry them out, but for those that are fed from outside; the console offers their acts. */
export function createRunKinds(pool: pg.Pool, catalog: Catalog, snapshots: Snapshots): readonly RunKind[] {
  return [verifyLog, rebuildRun(pool, catalog.projections, catalog), importRun, verifyCategory(snapshots)];
}
