import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { digestOf, type ImportStub, queryOf, startImportStub, storeGoodLines } from "@/bin/testing/import-stub";
import { runLine } from "@/bin/testing/run-line";

let folder = "";
let stub: ImportStub;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tidemark-import-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => stub?.close());

function file(name: string, content: string | Buffer): string {
  const at = path.join(folder, name);
  writeFileSync(at, content);
  return at;
}

test("lines arrive whole and in order, whatever packs them, and are numbered as in the file", async () => {
  const lines = Array.from({ length: 12_345 }, (_, n) => (n === 7_000 ? `bad ${n}` : `{"n":${n},"text":"ü€𝄞"}`));
  for (const [name, content] of [
    ["plain.jsonl", `\uFEFF${lines.join("\r\n")}`],
    ["packed.jsonl.gz", gzipSync(`${lines.join("\n")}\n`)],
  ] as const) {
    stub = await startImportStub(storeGoodLines);
    const ended = await runLine(["import", file(name, content), "--json"], { environment: { url: stub.url } });
    expect(ended.code).toBe(65);
    expect(JSON.parse(ended.out)).toMatchObject({
      ...{ appended: 12_344, duplicates: 0, refusedCount: 1, lastLine: 12_345, stopped: false },
      refused: [{ line: 7_001, reason: "bad-line", message: "It is bad." }],
    });
    const sent = stub.parts().map(({ body }) => body.split("\n"));
    expect(sent.flat()).toEqual(lines);
    let after = 0;
    for (const [at, part] of stub.parts().entries()) {
      expect(queryOf(part)).toMatchObject({ run: "7", epoch: "1", after: String(after) });
      after += sent[at]?.length ?? 0;
      expect(queryOf(part).digest).toBe(digestOf(lines.slice(0, after)));
      expect(part.headers["content-type"]).toBe("application/x-ndjson");
      expect(Buffer.byteLength(part.body)).toBeLessThanOrEqual(8 * 1024 * 1024);
    }
    expect(stub.ends()).toEqual([{ epoch: "1", end: "finished", lines: 12_345 }]);
    await stub.close();
  }
});

test("no part is sent before the one before it is answered", async () => {
  let underWay = 0;
  let most = 0;
  stub = await startImportStub(async (request) => {
    most = Math.max(most, ++underWay);
    await new Promise(setImmediate);
    underWay -= 1;
    return storeGoodLines(request);
  });
  const content = Array.from({ length: 20_000 }, (_, n) => `{"n":${n}}`).join("\n");
  const ended = await runLine(["import", file("long.jsonl", content)], { environment: { url: stub.url } });
  expect(ended.code).toBe(0);
  expect(ended.out).toMatch(/^20,000 events imported from long\.jsonl in /);
  expect(stub.parts().length).toBeGreaterThan(2);
  expect(most).toBe(1);
});

test("strict asks the server to be strict, and sends nothing after a refusal", async () => {
  const lines = Array.from({ length: 9_000 }, (_, n) => (n === 100 ? "bad" : `{"n":${n}}`));
  stub = await startImportStub(storeGoodLines);
  const ended = await runLine(["import", file("strict.jsonl", lines.join("\n")), "--strict"], {
    environment: { url: stub.url },
  });
  expect(ended.code).toBe(65);
  expect(ended.err).toContain("line 101 refused, bad-line: It is bad.");
  expect(ended.out).toContain("Stopped at line 101");
  expect(stub.parts().map((part) => queryOf(part).strict)).toEqual(["true"]);
  // The server has ended the run with the refusal.
  expect(stub.ends()).toEqual([]);
});

test("Ctrl-C lets the part under way end, then says where it stopped", async () => {
  const stop = new AbortController();
  stub = await startImportStub((request) => {
    stop.abort();
    return storeGoodLines(request);
  });
  const content = Array.from({ length: 20_000 }, (_, n) => `{"n":${n}}`).join("\n");
  const ended = await runLine(["import", file("stopped.jsonl", content), "--json"], {
    environment: { url: stub.url },
    signal: stop.signal,
  });
  expect(ended.code).toBe(130);
  expect(stub.ends()).toEqual([{ epoch: "1", end: "interrupted", lines: 1_000 }]);
  const { appended, lastLine, stopped } = JSON.parse(ended.out);
  expect({ stopped, settled: appended === lastLine && appended < 20_000 }).toEqual({ stopped: true, settled: true });
});

test("an answer that fails in the middle says how far it came", async () => {
  stub = await startImportStub((request) =>
    stub.parts().length > 1
      ? { status: 503, json: { code: "unavailable", detail: "The database is gone." } }
      : storeGoodLines(request),
  );
  const content = Array.from({ length: 9_000 }, (_, n) => `{"n":${n}}`).join("\n");
  const ended = await runLine(["import", file("failing.jsonl", content)], { environment: { url: stub.url } });
  expect(ended.code).toBe(75);
  expect(ended.err).toMatch(/Lines up to 1,000 are settled\.[\s\S]*The database is gone\./);
});

test("a line that no event can be is refused without being sent; a cut file is an error", async () => {
  stub = await startImportStub(storeGoodLines);
  const long = `{"n":1}\n"${"x".repeat(4 * 1024 * 1024)}"\n{"n":2}`;
  const ended = await runLine(["import", file("long-line.jsonl", long), "--json"], { environment: { url: stub.url } });
  expect(JSON.parse(ended.out)).toMatchObject({ appended: 2, refused: [{ line: 2, reason: "too-large" }] });
  expect(stub.parts().map((part) => queryOf(part).tooLong)).toEqual(["2"]);

  const packed = gzipSync(Array.from({ length: 5_000 }, (_, n) => `{"n":${Math.sin(n)}}`).join("\n"));
  const cut = await runLine(["import", file("cut.jsonl.gz", packed.subarray(0, packed.length / 2))], {
    environment: { url: stub.url },
  });
  expect(cut.code).toBe(65);
  expect(cut.err).toContain("cannot be read to its end");
  const missing = await runLine(["import", path.join(folder, "none.jsonl")], { environment: { url: stub.url } });
  expect(missing.code).toBe(66);
});

test("CSV becomes CloudEvents by its columns; a row keeps its id when the file grows", async () => {
  stub = await startImportStub(storeGoodLines);
  const rows =
    'case,what,at,amount,who\n1,Paid,2024-01-31 14:05:00,12.50,ann\n1,"Se\nnt",2024-02-01,,bob\n2,bad,2024-02-01T10:00+01:00,3,\n';
  const map = "stream=case,type=what,time=at,actor=who,data.amount.eur=amount";
  const args = ["--map", map, "--category", "case", "--source", "shop", "--json"];
  const ended = await runLine(["import", file("a.csv", rows), ...args], { environment: { url: stub.url } });
  expect(JSON.parse(ended.out).refused).toEqual([{ line: 5, reason: "bad-line", message: "It is bad." }]);
  const events =
    stub
      .parts()[0]
      ?.body.split("\n")
      .map((line) => JSON.parse(line)) ?? [];
  const common = { specversion: "1.0", source: "shop", id: expect.any(String) };
  expect(events).toEqual([
    {
      ...common,
      ...{ subject: "case-1", type: "Paid", time: "2024-01-31T14:05:00Z", actor: "ann" },
      data: { amount: { eur: "12.50" } },
    },
    { ...common, ...{ subject: "case-1", type: "Se\nnt", time: "2024-02-01T00:00:00Z", actor: "bob" }, data: {} },
    {
      ...common,
      ...{ subject: "case-2", type: "bad", time: "2024-02-01T10:00:00+01:00" },
      data: { amount: { eur: "3" } },
    },
  ]);
  await runLine(["import", file("b.csv", `${rows}3,Paid,2024-03-01,1,x\n`), ...args], {
    environment: { url: stub.url },
  });
  const grown =
    stub
      .parts()[1]
      ?.body.split("\n")
      .map((line) => JSON.parse(line).id) ?? [];
  expect(grown.slice(0, 3)).toEqual(events.map(({ id }) => id));
  expect(new Set(grown).size).toBe(4);
});

test("a mapped column that is not there ends with 64 and names the columns that are", async () => {
  stub = await startImportStub(storeGoodLines);
  const at = file("c.csv", "case,what\n1,Paid\n");
  const ended = await runLine(["import", at, "--map", "stream=case,type=nope"], { environment: { url: stub.url } });
  expect(ended).toMatchObject({ code: 64, out: "" });
  expect(ended.err).toContain("Its columns are case, what.");
  expect(stub.received).toEqual([]);
});
