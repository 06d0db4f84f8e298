import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { ReadDatabase } from "@/lib/db/read-database";
import type { EventStore } from "@/lib/event-store/store";
import { removeFinished } from "@/lib/export/export-file";
import { exportPersonRun } from "@/lib/export/export-person-run";
import { exportRun } from "@/lib/export/export-run";
import { importRun } from "@/lib/import/import-run";
import type { KeySource } from "@/lib/integrity/find-signer";
import { verifyLog } from "@/lib/integrity/verify-log";
import type { KeyStore } from "@/lib/keys/key-store";
import { rotateKeys } from "@/lib/keys/rotate-keys";
import { rebuildRun } from "@/lib/projections/rebuild/rebuild-run";
import type { RunKind } from "@/lib/runs/run";
import { verifyDerived } from "@/lib/runtime/verify-derived";
import { previewRun } from "@/lib/shred/preview-run";
import { scanRun } from "@/lib/shred/scan-run";
import type { ShredRunParts } from "@/lib/shred/shred-context";
import { shredRun } from "@/lib/shred/shred-run";
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
  readonly store: EventStore;
  readonly build: string;
  /** What certificates are signed with: the key of the log. */
  readonly signingKey: KeySource;
};

/** Every kind of long job that this installation knows. Workers carry them out, but for those that are fed from outside; the console offers their acts. */
export function createRunKinds(parts: RunParts): readonly RunKind[] {
  const { pool, reads, catalog, snapshots, keys, exports, store, build, signingKey } = parts;
  const rebuild = rebuildRun(pool, catalog.projections, catalog);
  const exportPerson = exportPersonRun({ pool, catalog, keys }, exports);
  const removeFile: ShredRunParts["removeFile"] = (file) => removeFinished(exports, file);
  return [
    ...[verifyLog, rebuild, importRun, verifyCategory(snapshots)],
    verifyDerived({ pool, catalog, snapshots }),
    ...[
      rotateKeys(keys),
      scanRun(catalog),
      previewRun({ pool, catalog, keys }),
      shredRun({ pool, catalog, keys, store, build, signingKey, rebuild, exportPerson, removeFile }),
    ],
    ...[exportRun(pool, { reads, catalog }, exports), exportPerson],
  ];
}
