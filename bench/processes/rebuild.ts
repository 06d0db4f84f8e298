/** A rebuild in a process of its own: `fork(rebuild.ts, [url, generation])`. Tells what memory it takes as it goes. */
import fs from "node:fs";
import { type Catalog, createCatalog } from "@/lib/catalog/catalog";
import { openPool } from "@/lib/db/pool";
import type { FoldProjection } from "@/lib/define";
import { modules } from "@/lib/domain/index";
import { replayFold } from "@/lib/projections/rebuild/replay-fold";
import { keepHeapTight } from "@/lib/runtime/tight-heap";

/** Memory that is resident when so many events were folded, `ms` milliseconds after the replay began. */
export type Reading = { readonly events: number; readonly mib: number; readonly ms: number };

/** The projection that benchmarks rebuild. */
export function orderSummaryOf(catalog: Catalog): FoldProjection {
  return catalog.projections.find(({ name }) => name === "order-summary") as FoldProjection;
}

async function rebuild(url: string, generation: number): Promise<void> {
  // As a worker does.
  keepHeapTight();
  const catalog = createCatalog(modules);
  const pool = openPool({ url, applicationName: "bench-rebuild" });
  const began = performance.now();
  const tell = (events: number) => process.send?.({ events, mib: residentMib(), ms: performance.now() - began });
  tell(0);
  const onProgress = ({ events }: { readonly events: number }) => void tell(events);
  await replayFold({ pool, projection: orderSummaryOf(catalog), catalog, generation, onProgress });
  await pool.end();
}

/** Of this process; where there is no /proc, as Node counts it. */
function residentMib(): number {
  const status = fs.existsSync("/proc/self/status") ? fs.readFileSync("/proc/self/status", "utf8") : "";
  const kib = Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? process.memoryUsage.rss() / 1_024);
  return kib / 1_024;
}

if (process.send) {
  rebuild(process.argv[2] ?? "", Number(process.argv[3])).then(
    () => process.exit(0),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
}
