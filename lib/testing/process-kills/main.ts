import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { openPool } from "@/lib/db/pool";
import { startPostgres } from "@/lib/embedded/postgres";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { killProcessWorkers, processContradictions, processSteps } from "@/lib/testing/process-kills/kill-workers";
import { bundleWorker } from "@/lib/testing/worker-processes";

/**
 * The command behind `npm run proof:processes`: while `--orders 200` people order, `--kills 100` workers of the fulfilment
 * process are killed, at random and at every step of its transactions, and their connections are cut; at the end every
 * order must have come to one end, with nothing reserved, charged or sent twice.
 */
async function main(args: readonly string[]): Promise<boolean> {
  const value = (name: string, otherwise: number) =>
    args.includes(name) ? Number(args[args.indexOf(name) + 1]) : otherwise;
  const asked = { kills: value("--kills", 100), orders: value("--orders", 200), patienceMs: 900_000 };
  console.log(`processes: ${asked.kills} kills while ${asked.orders} orders are lived through`);
  const begun = performance.now();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-processes-"));
  const server = await startPostgres({
    ...{ directory: path.join(folder, "server"), database: "processes", projectRoot: process.cwd(), preferredPort: 0 },
    settings: { max_connections: "200", shared_buffers: "128MB", fsync: "off" },
  });
  try {
    const { url } = server;
    await prepareStore({ url, schema: "tidemark" });
    const pool = openPool({ url, schema: "tidemark", max: 20, applicationName: "tidemark-people", inline: ["any"] });
    const owner = openPool({
      url,
      schema: "tidemark",
      role: null,
      max: 4,
      applicationName: "tidemark-owner",
      inline: ["any"],
    });
    const workers = await bundleWorker(url);
    const findings: string[] = [];
    try {
      const { kills, cuts, orders, hits } = await killProcessWorkers({ pool, owner }, workers, asked);
      for (const [step, times] of hits) console.log(`  ${step}: ${times} deaths`);
      console.log(`  ${kills} kills, ${cuts} connections cut, ${orders} orders`);
      findings.push(...processSteps.filter((step) => !hits.get(step)).map((step) => `nobody died at ${step}`));
      for (const [what, sql] of Object.entries(processContradictions)) {
        const { rows } = await pool.query(sql);
        if (rows.length > 0) findings.push(`${what}: ${JSON.stringify(rows.slice(0, 5))}`);
      }
    } catch (error) {
      findings.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    } finally {
      await workers.close();
      await Promise.all([pool.end(), owner.end()]);
    }
    for (const finding of findings) console.log(`  ✗ ${finding}`);
    console.log(`processes: ${findings.length} findings in ${Math.round((performance.now() - begun) / 1_000)} s`);
    return findings.length === 0;
  } finally {
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

main(process.argv.slice(2)).then(
  (good) => process.exit(good ? 0 : 1),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
