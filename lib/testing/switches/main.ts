import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { createCatalog } from "@/lib/catalog/catalog";
import { openPool } from "@/lib/db/pool";
import type { FoldProjection } from "@/lib/define";
import { modules } from "@/lib/domain";
import { startPostgres } from "@/lib/embedded/postgres";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { loadOrders } from "@/lib/testing/order-load";
import { createRandom } from "@/lib/testing/proof/random";
import { startReaders } from "@/lib/testing/switches/readers";
import { killDuringRebuilds, switchToAndFro } from "@/lib/testing/switches/rehearse";
import { bundleWorker } from "@/lib/testing/worker-processes";

/**
 * The command behind `npm run proof:switches`: under load and with readers, `--kills 50` workers are killed during
 * rebuilds, then there are `--switches 100` to and fro; at the end every generation that is there must be the fold of the
 * log. `--seed n` draws the same again.
 */
async function main(args: readonly string[]): Promise<boolean> {
  const value = (name: string, otherwise: number) =>
    args.includes(name) ? Number(args[args.indexOf(name) + 1]) : otherwise;
  const [kills, switches] = [value("--kills", 50), value("--switches", 100)];
  const seed = value("--seed", Math.floor(Math.random() * 2 ** 31));
  console.log(`switches: ${kills} kills during rebuilds, ${switches} switches, seed ${seed}`);
  const begun = performance.now();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-switches-"));
  const server = await startPostgres({
    ...{ directory: path.join(folder, "server"), database: "switches", projectRoot: process.cwd(), preferredPort: 0 },
    settings: { max_connections: "200", shared_buffers: "128MB", fsync: "off" },
  });
  try {
    const { url } = server;
    await prepareStore({ url, schema: "tidemark" });
    const catalog = createCatalog(modules);
    const projection = catalog.projections.find(({ name }) => name === "order-summary") as FoldProjection;
    const pool = openPool({ url, schema: "tidemark", max: 20, applicationName: "tidemark-switches", inline: ["any"] });
    const workers = await bundleWorker(url);
    const load = loadOrders(pool);
    const readers = startReaders(pool, "tidemark_read.order_summary");
    const say = (line: string) => console.log(`  ${line}, ${load.appended()} events, ${readers.reads()} reads`);
    const rehearsal = { pool, catalog, projection, workers, random: createRandom(seed), say };
    const findings: string[] = [];
    try {
      const { killed, rebuilds, resumed } = await killDuringRebuilds(rehearsal, kills);
      console.log(
        `  ${killed} workers killed in ${rebuilds} rebuilds; ${resumed} times a rebuild was given up and resumed`,
      );
      const refused = await switchToAndFro(rehearsal, switches);
      console.log(`  ${switches} switches; ${refused} refused while the other one was behind`);
      await load.stop();
      findings.push(...(await compareAll(rehearsal)));
    } catch (error) {
      findings.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
    } finally {
      await load.stop();
      await readers.stop();
      await workers.close();
      await pool.end();
    }
    findings.push(...readers.findings);
    for (const finding of findings.slice(0, 20)) console.log(`  ✗ ${finding}`);
    const seconds = Math.round((performance.now() - begun) / 1_000);
    console.log(
      `switches: ${load.appended()} events, ${readers.reads()} reads in ${seconds} s; ${findings.length} findings; seed ${seed}`,
    );
    return findings.length === 0;
  } finally {
    await server.stop();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Every generation that has rows, once it has caught up, against the whole log folded at once. */
async function compareAll({ pool, catalog, projection }: Parameters<typeof killDuringRebuilds>[0]): Promise<string[]> {
  await eventually(
    async () => {
      const { rows } = await pool.query<{ done: boolean }>(
        `select bool_and(checkpoint >= (select max(position) from events)) as done from consumer_partitions where consumer = $1`,
        [projection.name],
      );
      return rows[0]?.done === true;
    },
    { deadlineMs: 120_000, what: "every generation to catch up" },
  );
  const log = await foldLog(pool, catalog, projection);
  const { rows } = await pool.query<{ generation: number; state: string }>(
    "select generation, state from consumer_generations where consumer = $1 and state <> 'retired'",
    [projection.name],
  );
  const findings: string[] = [];
  for (const { generation, state } of rows) {
    if (!isDeepStrictEqual(await readModelOf(pool, projection, generation), log)) {
      findings.push(`generation ${generation}, ${state}, is not the fold of the log`);
    }
  }
  console.log(`  ${rows.length} generations compared with the log: ${log.length} rows each`);
  return findings;
}

main(process.argv.slice(2)).then(
  (good) => process.exit(good ? 0 : 1),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
