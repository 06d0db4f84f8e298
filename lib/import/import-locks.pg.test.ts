import { afterAll, beforeAll, expect, test } from "vitest";
import { importBatch } from "@/lib/import/import-batch";
import { newId } from "@/lib/kernel/ids";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ max: 4 });
});
afterAll(() => database.close());

function line(stream: string, id: string): string {
  return JSON.stringify({ specversion: "1.0", source: "test", type: "Happened", subject: stream, id, data: {} });
}

test("a stream's row that is moved between an import's look and its lock is still found, and moved on from where it is", async () => {
  const run = newId();
  const streams = Array.from({ length: 40 }, (_, n) => `moved-${run}-${n}`);
  await importBatch(
    { pool: database.pool },
    streams.map((stream) => line(stream, `${run}:first:${stream}`)),
  );
  const appender = await database.owner.connect();
  try {
    await appender.query("begin");
    // Twice, and to another page, as appends that follow each other would.
    for (const size of [100, 4_000]) {
      await appender.query(
        `update tidemark.streams set version = version + 1, bytes = bytes + $2 where stream like $1 and right(stream, 1) <> '3'`,
        [`moved-${run}-%`, size],
      );
    }
    const importing = importBatch(
      { pool: database.pool },
      streams.map((stream) => line(stream, `${run}:second:${stream}`)),
    );
    await eventually(async () => {
      const { rowCount } = await database.owner.query(
        "select from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'",
        [database.name],
      );
      return rowCount === 1;
    });
    await appender.query("commit");
    expect(await importing).toMatchObject({ appended: 40, refused: [] });
  } finally {
    appender.release();
  }
  const { rows } = await database.owner.query<{ stream: string; version: bigint; latest: bigint; bytes: bigint }>(
    `select s.stream, s.version, s.bytes, (select max(e.version) from tidemark.events e where e.stream = s.stream) as latest
       from tidemark.streams s where s.stream like $1`,
    [`moved-${run}-%`],
  );
  expect(rows).toHaveLength(40);
  for (const { stream, version, latest, bytes } of rows) {
    const moved = !stream.endsWith("3");
    expect([stream, version, latest, bytes]).toEqual([stream, moved ? 4n : 2n, moved ? 4n : 2n, moved ? 4_104n : 4n]);
  }
});
