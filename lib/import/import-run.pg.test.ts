import { createHash } from "node:crypto";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { importBatch } from "@/lib/import/import-batch";
import { beginImport, endImport, type ImportPart, importRun, settlePart, takePart } from "@/lib/import/import-run";
import { newId } from "@/lib/kernel/ids";
import { type Feed, leaveSilentFeeds } from "@/lib/runs/fed-run";
import { executeRuns } from "@/lib/runs/run-executor";
import { cancelRun, pauseRun, resumeRun } from "@/lib/runs/steer-run";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase({ max: 8 });
});
afterAll(() => database.close());

const tell = <T>(act: (client: Parameters<typeof pauseRun>[0]) => Promise<T>) => inTransaction(database.pool, act);
const begin = (claim: string, { sender = "ann", fresh = false } = {}) =>
  tell((client) =>
    beginImport(
      client,
      { claim, subject: "a.jsonl", input: {}, requestedBy: "tester" },
      { sender, total: null, fresh },
    ),
  );
const finish = (feed: Feed, lines: number) => tell((client) => endImport(client, feed, "finished", lines));

function line(run: string, n: number, subject = `seen-${run}-${n % 7}`): string {
  return JSON.stringify({ specversion: "1.0", source: "t", type: "Seen", subject, id: `${run}:${n}`, data: { n } });
}
function digestOf(lines: readonly string[]): string {
  return createHash("sha256")
    .update(lines.map((text) => `${text}\n`).join(""))
    .digest("hex");
}
function partOf(feed: Feed, all: readonly string[], after: number, lines: number): ImportPart {
  return { feed, after, lines, digest: digestOf(all.slice(0, after + lines)), total: all.length };
}

/** Sends lines as the API does; `dies` before the part is settled, as a server that is killed there. */
async function send(
  feed: Feed,
  all: readonly string[],
  after: number,
  lines: number,
  { dies = false, strict = false } = {},
) {
  const part = partOf(feed, all, after, lines);
  const given = all.slice(after, after + lines);
  const result = await importBatch({ pool: database.pool }, given, { strict, part: takePart(database.pool, part) });
  if (dies) return { state: "killed" };
  const blank = given.length - result.appended - result.duplicates - result.refused.length;
  return settlePart(database.pool, part, { refused: result.refused, blank }, strict);
}

async function row(id: bigint) {
  const { rows } = await database.pool.query("select * from runs where id = $1", [id]);
  return { ...rows[0], result: JSON.parse(rows[0].result ?? "null") };
}
async function storedOf(run: string): Promise<number> {
  const { rows } = await database.pool.query("select count(*)::int as n from events where stream like $1", [
    `seen-${run}-%`,
  ]);
  return rows[0].n;
}
async function logOf(id: bigint): Promise<string[]> {
  const { rows } = await database.pool.query("select message from run_log where run = $1 order by line", [id]);
  return rows.map(({ message }) => message);
}

test("an import that is killed anywhere and sent again ends with the totals of one that was not", async () => {
  const kinds = fc.constantFrom("new", "new", "new", "blank", "broken");
  const sittings = fc.array(fc.record({ lines: fc.integer({ min: 1, max: 12 }), dies: fc.boolean() }), {
    maxLength: 12,
  });
  await fc.assert(
    fc.asyncProperty(fc.array(kinds, { minLength: 1, maxLength: 40 }), sittings, async (plan, sizes) => {
      const run = newId();
      const all = plan.map((kind, n) => (kind === "blank" ? "" : kind === "broken" ? "{" : line(run, n)));
      const expected = (kind: string) => plan.filter((each) => each === kind).length;
      let { feed, standing } = await begin(run);
      for (const { lines, dies } of [...sizes, { lines: all.length, dies: false }]) {
        const next = Math.min(lines, all.length - standing.lines);
        if (next === 0) break;
        await send(feed, all, standing.lines, next, { dies });
        ({ feed, standing } = await begin(run));
        expect(standing.digest).toBe(standing.lines === 0 ? null : digestOf(all.slice(0, standing.lines)));
      }
      await finish(feed, all.length);
      const ended = await row(feed.id);
      expect(ended.state).toBe("succeeded");
      expect(ended.result).toMatchObject({
        ...{ lines: all.length, appended: expected("new"), duplicates: 0, refused: expected("broken") },
      });
      expect(await storedOf(run)).toBe(expected("new"));
      const { rows } = await database.pool.query("select line::int from import_refusals where run = $1 order by 1", [
        feed.id,
      ]);
      expect(rows.map((refused) => refused.line)).toEqual(
        plan.flatMap((kind, n) => (kind === "broken" ? [n + 1] : [])),
      );
    }),
    { numRuns: 25 },
  );
}, 60_000);

test("events are counted in the transaction that stores them: a chunk whose run was taken over is not stored", async () => {
  const run = newId();
  const all = Array.from({ length: 1_200 }, (_, n) => line(run, n));
  const first = await begin(run, { sender: "ann" });
  const second = await begin(run, { sender: "bob" });
  expect(second).toMatchObject({ made: false, feed: { id: first.feed.id } });
  await expect(send(first.feed, all, 0, 1_200)).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringContaining("is sent on by bob"),
  });
  // The same when it is taken over after the part was let in.
  const late = { ...takePart(database.pool, partOf(first.feed, all, 0, 1_200)), admitted: Promise.resolve() };
  await expect(importBatch({ pool: database.pool }, all, { part: late })).rejects.toMatchObject({ code: "conflict" });
  expect(await storedOf(run)).toBe(0);
  await send(second.feed, all, 0, 1_200);
  await expect(send(second.feed, all, 0, 1_200)).rejects.toMatchObject({ facts: { lines: 1_200 } });
  await expect(finish(second.feed, 1_000)).rejects.toMatchObject({ facts: { lines: 1_200 } });
  await finish(second.feed, 1_200);
  expect((await row(second.feed.id)).result).toMatchObject({ lines: 1_200, appended: 1_200, duplicates: 0 });
});

test("pause and cancel let the part under way end, refuse the next in words, and leave what is stored", async () => {
  const run = newId();
  const all = Array.from({ length: 30 }, (_, n) => line(run, n));
  const { feed } = await begin(run);
  expect(await send(feed, all, 0, 10)).toMatchObject({ state: "running" });
  const part = partOf(feed, all, 10, 10);
  await tell((client) => pauseRun(client, feed.id, "ann"));
  expect((await row(feed.id)).state).toBe("running");
  expect(await settlePart(database.pool, part, { refused: [], blank: 0 }, false)).toMatchObject({ state: "paused" });
  const refusal = { code: "conflict", facts: { run: String(feed.id), state: "paused" } };
  await expect(send(feed, all, 20, 10)).rejects.toMatchObject(refusal);
  await expect(begin(run)).rejects.toMatchObject(refusal);

  await tell((client) => resumeRun(client, feed.id, "ann"));
  const again = await begin(run);
  expect(again.standing.lines).toBe(20);
  await tell((client) => cancelRun(client, [importRun], feed.id, "ann"));
  await expect(send(again.feed, all, 20, 10)).rejects.toMatchObject({ facts: { state: "cancelled" } });
  expect(await row(feed.id)).toMatchObject({ state: "cancelled", ended_at: expect.anything() });
  expect(await storedOf(run)).toBe(10);
  expect(await begin(run)).toMatchObject({ made: true, standing: { lines: 0 } });
});

test("no worker takes an import up; one of which nothing comes waits for the rest, and its slow sender goes on", async () => {
  const run = newId();
  const all = Array.from({ length: 20 }, (_, n) => line(run, n));
  const { feed } = await begin(run);
  await send(feed, all, 0, 10);
  const expire = () =>
    database.owner.query("update tidemark.runs set lease_expires_at = now() - interval '1 s' where id = $1", [feed.id]);
  const stop = new AbortController();
  const log = createLogger("test", { level: "silent" });
  const worker = executeRuns({ pool: database.pool, kinds: [importRun], worker: "w", signal: stop.signal, log });
  await expire();
  await eventually(async () => (await row(feed.id)).state === "waiting");
  expect((await logOf(feed.id)).at(-1)).toBe("nothing came for 10 s after 10: waits for the rest");
  expect(await send(feed, all, 10, 10)).toMatchObject({ state: "running" });
  stop.abort();
  await worker;
  await tell((client) => pauseRun(client, feed.id, "ann"));
  await expire();
  await leaveSilentFeeds(database.pool, ["import"]);
  expect((await row(feed.id)).state).toBe("paused");
});

test("a strict import ends at its first refused line, and its run says which and why", async () => {
  const run = newId();
  const all = [...Array.from({ length: 5 }, (_, n) => line(run, n)), "{", line(run, 9)];
  const { feed } = await begin(run);
  expect(await send(feed, all, 0, 7, { strict: true })).toMatchObject({ state: "failed" });
  const ended = await row(feed.id);
  expect(JSON.parse(ended.error).message).toMatch(/^Line 6 was refused \(invalid-json\)/);
  expect([await storedOf(run), Number(ended.problems), Number(ended.done)]).toEqual([5, 1, 5]);
});

test("two senders that begin the same file at once have one run, and the later one holds it", async () => {
  const run = newId();
  const begun = await Promise.all(["ann", "bob", "cid"].map((sender) => begin(run, { sender })));
  expect(new Set(begun.map(({ feed }) => feed.id)).size).toBe(1);
  expect(begun.filter(({ made }) => made).length).toBe(1);
  expect(new Set(begun.map(({ feed }) => feed.epoch)).size).toBe(3);
});
