import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { migrate } from "@/lib/db/migrate";
import { openPool } from "@/lib/db/pool";
import { type EmbeddedPostgres, startPostgres } from "@/lib/embedded/postgres";
import { createEventStore } from "@/lib/event-store/store";
import { registerProjections } from "@/lib/projections/register-projections";
import { caughtUp, expectOneBatchPerEvent } from "@/lib/testing/consumer-state";
import { bucketTotals, counterCatalog, counterTotals } from "@/lib/testing/counter-domain";
import { eventually } from "@/lib/testing/eventually";
import { foldLog, readModelOf } from "@/lib/testing/fold-log";
import { startWorker } from "@/lib/testing/start-workers";

const projections = [counterTotals, bucketTotals];
const ROOM = "200m";
const BALLAST_BYTES = 48 * 1024 * 1024;
/** Enough that the disk is full after some hundred events; nothing that could be stored compressed. */
const NOTE = randomBytes(45_000).toString("base64");

/** A disk of its own, in memory. Undefined where this process may not mount one. */
function mountDisk(): string | undefined {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-disk-"));
  // Programs of the system, not of a package.
  const run = (program: string, words: readonly string[]) => spawnSync(program, words).status;
  const status = run("mount", ["-t", "tmpfs", "-o", `size=${ROOM},mode=755`, "tmpfs", folder]);
  onTestFinished(() => {
    if (status === 0) run("umount", ["-l", folder]);
    fs.rmSync(folder, { recursive: true, force: true });
  });
  return status === 0 ? folder : undefined;
}

it("a full disk refuses appends as unavailable, tears none, loses none that was answered, and all goes on when there is room", {
  timeout: 120_000,
}, async ({ skip }) => {
  const disk = mountDisk();
  if (disk === undefined) return skip("This process may not mount a small disk.");
  const ballast = path.join(disk, "ballast");
  fs.writeFileSync(ballast, Buffer.alloc(BALLAST_BYTES));
  const settings = { max_wal_size: "48MB", min_wal_size: "32MB", shared_buffers: "16MB", fsync: "off" };
  const directory = path.join(disk, "server");
  fs.mkdirSync(directory);
  const start = () =>
    startPostgres({ directory, database: "store", projectRoot: process.cwd(), preferredPort: 0, settings });
  let postgres: EmbeddedPostgres = await start();
  onTestFinished(() => postgres.stop());
  await migrate({ url: postgres.url });
  const pool = openPool({ url: postgres.url, applicationName: "disk", max: 10 });
  await registerProjections(pool, projections, counterCatalog);
  const worker = startWorker({ url: postgres.url, pool }, "on a small disk", projections);
  onTestFinished(() => worker.stop().then(() => pool.end()));
  const store = createEventStore({ pool });

  const append = async (n: number) => {
    const data = JSON.stringify({ by: 1, bucket: "b", note: `${n} ${NOTE}` });
    const event = { type: "Counted", schemaVersion: 1, data };
    const writes = ["counter-a", "counter-b"].map((stream) => ({
      ...{ stream, expectedVersion: "any" as const, events: [event, event] },
    }));
    await store.append({ idempotencyKey: `full-${n}`, writes });
  };
  const answered = new Set<number>();
  const refused: (readonly [n: number, error: unknown])[] = [];
  for (let n = 0; refused.length < 5; n++) {
    await append(n).then(
      () => answered.add(n),
      (error: unknown) => refused.push([n, error]),
    );
  }
  expect(refused.map(([, error]) => error)).toEqual(
    refused.map(() => expect.objectContaining({ code: "unavailable" })),
  );

  fs.rmSync(ballast);
  if (!postgres.alive()) postgres = await start();
  const last = answered.size + refused.length;
  await eventually(() => append(last).then(() => true), { deadlineMs: 60_000, what: "an append to be stored again" });
  const { rows } = await pool.query<{ n: string; events: number }>(
    "select split_part(data ->> 'note', ' ', 1) as n, count(*)::integer as events from events group by 1",
  );
  expect(
    rows.every(({ events }) => events === 4),
    "whole appends",
  ).toBe(true);
  const stored = new Set(rows.map(({ n }) => Number(n)));
  expect(
    [...answered].filter((n) => !stored.has(n)),
    "answered and lost",
  ).toEqual([]);
  await caughtUp(pool, 30_000);
  for (const projection of projections) {
    expect(await readModelOf(pool, projection)).toEqual(await foldLog(pool, counterCatalog, projection));
  }
  await expectOneBatchPerEvent(pool);
});
