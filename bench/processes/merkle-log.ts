/** Moves the mark and keeps the Merkle log in a process of its own: `fork(merkle-log.ts, [url, folder])`. Ends on "disconnect". */
import path from "node:path";
import { openPool } from "@/lib/db/pool";
import { keepMerkleLog } from "@/lib/integrity/keep-merkle-log";
import { createLogger } from "@/lib/telemetry/logger";
import { tidemarkWorker } from "../contenders/tidemark-worker";

async function keep(url: string, folder: string): Promise<void> {
  const stop = new AbortController();
  process.once("disconnect", () => stop.abort());
  const pool = openPool({ url, applicationName: "bench-merkle", max: 4 });
  const log = createLogger("bench", { level: "error" });
  const key = { file: path.join(folder, "signing-key") };
  const noteFile = path.join(folder, "checkpoint-note");
  await Promise.all([
    tidemarkWorker(url, [], stop.signal),
    keepMerkleLog({ pool, owner: `bench-${process.pid}`, key, noteFile, signal: stop.signal, log }),
  ]);
  await pool.end();
}

keep(process.argv[2] ?? "", process.argv[3] ?? "").then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
