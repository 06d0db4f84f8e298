import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { foldedRows } from "./folded-rows";
import type { WireRow } from "./wire-rows";

const row = (id: string, depth: number, more: Partial<WireRow> = {}): WireRow => ({
  ...{ id, depth, kind: "event", name: id, status: "done", version: 1, startUs: 0, waitUs: 0, workUs: 0, endUs: 5 },
  ...{ stream: null, position: null, traceparent: null, detail: {} },
  ...more,
});
const all = { depth: 99, turned: new Set<string>(), group: false };
const idsOf = (rows: readonly WireRow[], folding: Partial<Parameters<typeof foldedRows>[1]>) =>
  foldedRows(rows, { ...all, ...folding }).map(({ id }) => id);

describe("a folded trace", () => {
  const rows = [row("a", 0), row("b", 1), row("c", 2), row("d", 1), row("e", 0)];

  it("shows the rows above a depth, and what was turned by hand the other way round", () => {
    expect(idsOf(rows, {})).toEqual(["a", "b", "c", "d", "e"]);
    expect(idsOf(rows, { depth: 1 })).toEqual(["a", "b", "d", "e"]);
    expect(idsOf(rows, { depth: 0 })).toEqual(["a", "e"]);
    expect(idsOf(rows, { depth: 0, turned: new Set(["a", "b"]) })).toEqual(["a", "b", "c", "d", "e"]);
    expect(idsOf(rows, { turned: new Set(["a"]) })).toEqual(["a", "e"]);
  });

  it("keeps the way to what is looked for, folded or not", () => {
    expect(idsOf(rows, { depth: 0, keep: ({ id }) => id === "c" })).toEqual(["a", "b", "c"]);
  });

  it("shows equal siblings as one line that tells how many rows, failures and open ends it stands for", () => {
    const many = Array.from({ length: 1_000 }, (_, i) => [
      row(`e${i}`, 1, { name: "Added" }),
      row(`p${i}`, 2, { name: "summary", ...(i === 7 ? { status: "parked" as const, endUs: null } : {}) }),
    ]).flat();
    const trace = [row("a", 0), ...many, row("z", 1)];
    const [, line, last] = foldedRows(trace, { ...all, group: true });
    expect(line).toMatchObject({ id: "equal:e0", times: 1_000, below: 2_000, failed: 1, unfinished: 1, open: false });
    expect(last?.id).toBe("z");
    expect(idsOf(trace, { group: true, turned: new Set(["equal:e0"]) })).toHaveLength(2_003);
  });

  it("goes down chains as long as the trace", () => {
    const chain = Array.from({ length: 20_000 }, (_, depth) => row(`r${depth}`, depth));
    expect(idsOf(chain, { depth: Number.POSITIVE_INFINITY })).toHaveLength(20_000);
  });

  it("counts every row once: the lines and what is folded below them are the whole trace", () => {
    const depths = fc.array(fc.nat({ max: 5 }), { maxLength: 60 }).map((raw) => {
      let depth = -1;
      return raw.map((wish) => {
        depth = Math.min(wish, depth + 1);
        return depth;
      });
    });
    fc.assert(
      fc.property(depths, fc.nat({ max: 6 }), fc.boolean(), (tree, depth, group) => {
        const made = tree.map((at, i) => row(`r${i}`, at, { name: `n${i % 2}` }));
        const lines = foldedRows(made, { ...all, depth, group });
        const shown = lines.filter(({ times }) => times === 1).length;
        const hidden = lines.reduce((sum, { below, open }) => sum + (open === false ? below : 0), 0);
        expect(shown + hidden).toBe(made.length);
      }),
    );
  });
});
