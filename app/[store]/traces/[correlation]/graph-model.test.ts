import { expect, test } from "vitest";
import { causationGraph } from "./graph-model";
import type { WireRow } from "./wire-rows";

const row = (id: string, depth: number, name = id): WireRow => ({
  ...{ id, depth, kind: "event", name, status: "done", version: 1, startUs: 0, waitUs: 0, workUs: 0, endUs: 5 },
  ...{ stream: null, position: null, traceparent: null, detail: {} },
});

test("an edge leads from each cause to its effect, and equal siblings are one node", () => {
  const many = Array.from({ length: 40 }, (_, i) => [row(`e${i}`, 1, "Added"), row(`p${i}`, 2)]).flat();
  const graph = causationGraph([row("a", 0), ...many, row("b", 1), row("c", 2)]);
  expect(graph.nodes.map(({ id, times }) => [id, times])).toEqual([
    ["a", 1],
    ["equal:e0", 40],
    ["b", 1],
    ["c", 1],
  ]);
  expect(graph.edges.map(({ from, to }) => `${from} ${to}`)).toEqual(["a equal:e0", "a b", "b c"]);
  expect(graph.left).toBe(0);
});

test("a graph is capped nearest to the beginning, and tells how many rows are left out", () => {
  const chain = Array.from({ length: 5_000 }, (_, depth) => row(`r${depth}`, depth));
  const graph = causationGraph(chain);
  expect([graph.nodes.length, graph.nodes.at(-1)?.id, graph.left]).toEqual([150, "r149", 4_850]);
});
