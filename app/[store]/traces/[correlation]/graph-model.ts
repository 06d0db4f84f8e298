import { foldedRows, type Line } from "./folded-rows";
import type { WireRow } from "./wire-rows";

/** What led to what, as nodes and the edges between them; `left` counts the rows that are not in it. */
export type CausationGraph = {
  readonly nodes: readonly Line[];
  readonly edges: readonly { readonly from: string; readonly to: string }[];
  readonly left: number;
};

/** Nodes that are laid out: more would take the browser longer than anybody waits, and nobody could read them. */
const NODES_MAX = 150;

/** The graph of a trace: equal siblings are one node, and what is nearest to the beginning comes first. */
export function causationGraph(rows: readonly WireRow[]): CausationGraph {
  const lines = foldedRows(rows, { depth: Number.MAX_SAFE_INTEGER, turned: new Set(), group: true });
  const nearest = [...lines].sort((a, b) => a.row.depth - b.row.depth).slice(0, NODES_MAX);
  const kept = new Set(nearest);
  const nodes = lines.filter((line) => kept.has(line));
  const edges: { from: string; to: string }[] = [];
  const above: Line[] = [];
  for (const line of nodes) {
    while (above.length > 0 && (above.at(-1)?.row.depth ?? 0) >= line.row.depth) above.pop();
    const parent = above.at(-1);
    if (parent) edges.push({ from: parent.id, to: line.id });
    above.push(line);
  }
  const told = nodes.reduce((sum, { times, below }) => sum + (times > 1 ? below : 1), 0);
  return { nodes, edges, left: rows.length - told };
}
