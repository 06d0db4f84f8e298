import { expect, test } from "vitest";
import { type StoredSpan, splitOf, subtree } from "@/lib/queries/span-tree";

function span(
  spanId: string,
  parentId: string | null,
  name: string,
  from: number,
  to: number,
  kind = "internal",
): StoredSpan {
  const times = { startUs: from, durationUs: to - from };
  return {
    traceId: "t",
    spanId,
    parentId,
    name,
    kind,
    service: "tidemark-test",
    failed: false,
    attributes: {},
    ...times,
  };
}

const spans = [
  span("request", "client", "POST /x", 0, 1_000, "server"),
  span("command", "request", "command", 100, 900),
  span("load", "command", "load", 110, 300),
  span("sql", "load", "pg.query:SELECT", 120, 280, "client"),
  span("decide", "command", "decide", 300, 310),
  span("append", "command", "append", 320, 820, "client"),
  span("batch", "append", "process order-summary", 2_000, 2_500, "consumer"),
  span("commit", "batch", "pg.query:commit_0", 2_100, 2_400, "client"),
  span("reaction", "append", "command", 3_000, 3_400),
];
const drawn = (spanId: string) => subtree(spans, spanId).map(({ span: { name }, depth }) => `${depth} ${name}`);

test("a command's row has its request, its steps and their statements, and nothing that is a row of its own", () => {
  expect(drawn("append")).toEqual(["1 POST /x", "2 command", "3 load", "4 pg.query:SELECT", "3 decide", "3 append"]);
  expect(drawn("batch")).toEqual(["1 process order-summary", "2 pg.query:commit_0"]);
  expect(drawn("unknown")).toEqual([]);
});

test("an append that no command asked for stands below its request", () => {
  const plain = [
    span("request", "client", "POST /streams", 0, 1_000, "server"),
    span("append", "request", "append", 320, 820, "client"),
    span("insert", "append", "pg.query:append_event", 400, 800, "client"),
  ];
  const found = subtree(plain, "append");
  expect(found.map(({ span: { name } }) => name)).toEqual(["POST /streams", "append", "pg.query:append_event"]);
  expect(splitOf(found)).toEqual([
    { name: "SQL", us: 400, times: 1 },
    { name: "its own code", us: 100, times: 1 },
  ]);
});

test("working time is split by what was called, and the rest is its own; what ran at once is not counted twice as rest", () => {
  expect(splitOf(subtree(spans, "append"))).toEqual([
    { name: "append", us: 500, times: 1 },
    { name: "load", us: 190, times: 1 },
    { name: "decide", us: 10, times: 1 },
    { name: "its own code", us: 100, times: 1 },
  ]);
  expect(splitOf(subtree(spans, "batch"))).toEqual([
    { name: "SQL", us: 300, times: 1 },
    { name: "its own code", us: 200, times: 1 },
  ]);
  const parallel = [
    span("work", null, "work", 0, 100),
    span("a", "work", "read", 10, 60),
    span("b", "work", "read", 20, 90),
  ];
  expect(splitOf(subtree(parallel, "work"))).toEqual([
    { name: "read", us: 120, times: 2 },
    { name: "its own code", us: 20, times: 1 },
  ]);
});
