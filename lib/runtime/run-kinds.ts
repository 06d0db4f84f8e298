import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { ReadDatabase } from "@/lib/db/read-database";
import { exportRun } from "@/lib/export/export-run";
import { importRun } from "@/lib/import/import-run";
import { verifyLog } from "@/lib/integrity/verify-log";
import type { KeyStore } from "@/lib/keys/key-store";
import { rotateKeys } from "@/lib/keys/rotate-keys";
import { rebuildRun } from "@/lib/projections/rebuild/rebuild-run";
import type { RunKind } from "@/lib/runs/run";
import { verifyDerived } from "@/lib/runtime/verify-derived";
import type { Snapshots } from "@/lib/snapshots/snapshots";
import { verifyCategory } from "@/lib/snapshots/verify-category";

/** What the kinds of long job need of the engine. */
type RunParts = {
  readonly pool: pg.Pool;
  readonly reads: ReadDatabase;
  readonly catalog: Catalog;
  readonly snapshots: Snapshots;
  readonly keys: KeyStore | null;
  /** Where exports are written. */
  readonly exports: string;
};

/** Every kind of long job that this installation knows. Workers carry them out, but for those that are fed from outside; the console offers their acts. */
export function createRunKinds({ pool, reads, catalog, snapshots, keys, exports }: RunParts): readonly RunKind[] {
  return [
    ...[verifyLog, rebuildRun(pool, catalog.projections, catalog), importRun, verifyCategory(snapshots)],
    verifyDerived({ pool, catalog, snapshots }),
    rotateKeys(keys),
    exportRun(pool, { reads, catalog }, exports),
  ];
}
