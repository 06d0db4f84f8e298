import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { digestOf, type ImportStub, newRun, queryOf, startImportStub, storeGoodLines } from "@/bin/testing/import-stub";
import { runLine } from "@/bin/testing/run-line";

let folder = "";
let stub: ImportStub;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tidemark-import-run-"));
});
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => stub?.close());

function file(name: string, content: string | Buffer): string {
  const at = path.join(folder, name);
  writeFileSync(at, content);
  return at;
}

test("sent again, a file goes on after the lines that are settled, and tells what was refused among them", async () => {
  const lines = Array.from({ length: 3_000 }, (_, n) => `{"n":${n}}`);
  const settled = {
    ...newRun,
    made: false,
    lines: 1_500,
    digest: digestOf(lines.slice(0, 1_500)),
    blank: 1,
    refused: 1,
  };
  stub = await startImportStub(storeGoodLines, {
    "/imports": () => ({ json: settled }),
    "/imports/7/refused": () => ({
      json: { refused: [{ line: "1200", reason: "bad-line", message: "It is bad." }], next: null },
    }),
  });
  const at = file("again.jsonl", lines.join("\n"));
  const ended = await runLine(["import", at, "--json"], { environment: { url: stub.url } });
  expect(ended.code).toBe(65);
  expect(JSON.parse(ended.out)).toMatchObject({
    ...{ run: "7", appended: 1_500, duplicates: 1_498, refusedCount: 1, lastLine: 3_000 },
    refused: [{ line: 1_200, reason: "bad-line", message: "It is bad." }],
  });
  expect(stub.parts().flatMap(({ body }) => body.split("\n"))).toEqual(lines.slice(1_500));
  expect(stub.parts().map((part) => queryOf(part).after)).toEqual(["1500"]);
  expect(stub.ends()).toEqual([{ epoch: "1", end: "finished", lines: 3_000 }]);
});

test("a file that begins otherwise than the one before, or is shorter, is sent again from its first line", async () => {
  const lines = Array.from({ length: 1_200 }, (_, n) => `{"n":${n}}`);
  for (const [name, before] of [
    ["other", [...lines.slice(0, 1_099), "{}"]],
    ["shorter", [...lines, "{}"]],
  ] as const) {
    let begun = 0;
    stub = await startImportStub(storeGoodLines, {
      "/imports": () => ({
        json: begun++ === 0 ? { ...newRun, made: false, lines: before.length, digest: digestOf(before) } : newRun,
      }),
    });
    const at = file(`${name}.jsonl`, lines.join("\n"));
    const ended = await runLine(["import", at], { environment: { url: stub.url } });
    expect([ended.code, ended.err]).toEqual([0, expect.stringContaining("is sent again from its first line")]);
    expect(stub.parts().flatMap(({ body }) => body.split("\n"))).toEqual(lines);
    const bodies = stub.received.filter((one) => one.url.endsWith("/imports")).map(({ body }) => JSON.parse(body));
    expect(bodies?.map(({ fresh }) => fresh)).toEqual([false, true]);
    expect(new Set(bodies?.map(({ fingerprint }) => fingerprint)).size).toBe(1);
    await stub.close();
  }
});

test("a pause in the console is waited out, and the run is taken up under its new epoch; a cancel ends it", async () => {
  const paused = { status: 409, json: { code: "conflict", detail: "It is paused.", state: "paused", run: "7" } };
  const lines = Array.from({ length: 2_000 }, (_, n) => `{"n":${n}}`);
  for (const [later, code] of [
    ["waiting", 0],
    ["cancelled", 65],
  ] as const) {
    let epoch = 0;
    let refused = 0;
    stub = await startImportStub(
      (part) => (queryOf(part).after !== "0" && refused++ === 0 ? paused : storeGoodLines(part)),
      {
        "/imports": () => ({ json: { ...newRun, epoch: String(++epoch) } }),
        "/runs/7": () => ({ json: { state: later } }),
      },
    );
    const ended = await runLine(["import", file("paused.jsonl", lines.join("\n"))], { environment: { url: stub.url } });
    expect([ended.code, ended.err]).toEqual([code, expect.stringContaining("Run 7 is paused. Waiting until")]);
    const told = stub.parts().map((part) => [queryOf(part).after, queryOf(part).epoch]);
    const first = [...[["0", "1"]], ...[["1000", "1"]]];
    expect(told).toEqual(later === "waiting" ? [...first, ["1000", "2"]] : first);
    await stub.close();
  }
});

test("under a throttle about a second's worth is sent at once", async () => {
  const lines = Array.from({ length: 1_050 }, (_, n) => `{"n":${n}}`);
  stub = await startImportStub(
    (part) => {
      const { json } = storeGoodLines(part);
      return { json: { ...json, run: { ...json.run, throttle: 20_000 } } };
    },
    { "/imports": () => ({ json: { ...newRun, run: { id: "7", throttle: 400 } } }) },
  );
  const ended = await runLine(["import", file("slow.jsonl", lines.join("\n"))], { environment: { url: stub.url } });
  expect(ended.code).toBe(0);
  expect(stub.parts().map(({ body }) => body.split("\n").length)).toEqual([400, 600, 50]);
});
