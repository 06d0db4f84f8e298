import type { Note } from "@/lib/testing/proof/history/anomalies";
import type { IndexedHistory } from "@/lib/testing/proof/history/index-history";

/**
 * Finds appends and reads that no order can explain. Edges: ww from each append of a stream to the next one there, wr
 * from the append whose version a read saw, rw from the read to the append that came after. A component of more than one
 * node is a cycle, as when two appends stand in one order in one stream and in the other order in another.
 */
export function checkCycles(indexed: IndexedHistory, note: Note): void {
  const { names, edges } = dependencies(indexed);
  for (const component of components(names.length, edges)) {
    if (component.length < 2) continue;
    const some = component.slice(0, 6).map((node) => names[node]);
    note("G", () => `${some.join(", ")}${component.length > 6 ? `, … ${component.length} in all` : ""}`);
  }
}

type Edges = { readonly from: number[]; readonly to: number[] };

function dependencies({ history, streams, appendOf }: IndexedHistory): { names: string[]; edges: Edges } {
  const names: string[] = [];
  const nodeOfAppend = new Map<number, number>();
  const edges: Edges = { from: [], to: [] };
  const link = (from: number | undefined, to: number | undefined) => {
    if (from === undefined || to === undefined || from === to) return;
    edges.from.push(from);
    edges.to.push(to);
  };
  const nodeOf = (event: number): number | undefined => {
    const append = appendOf.get(event);
    if (!append) return undefined;
    const known = nodeOfAppend.get(append.append);
    if (known !== undefined) return known;
    nodeOfAppend.set(append.append, names.length);
    return names.push(`append ${append.append}`) - 1;
  };
  const writers = new Map<string, (number | undefined)[]>();
  for (const [stream, entries] of streams) {
    const order = [...entries].sort((a, b) => a.version - b.version).map(({ event }) => nodeOf(event));
    writers.set(stream, order);
    for (let index = 1; index < order.length; index++) link(order[index - 1], order[index]);
  }
  for (const operation of history.operations) {
    if (operation.kind !== "read" || operation.seen.length < 2) continue;
    const read = names.push(`a read of ${operation.process}`) - 1;
    for (const { stream, version } of operation.seen) {
      const order = writers.get(stream);
      link(order?.[version - 1], read);
      link(read, order?.[version]);
    }
  }
  return { names, edges };
}

/** Strongly connected components by Tarjan's algorithm, without recursion, in time linear in nodes and edges. */
function components(nodes: number, { from, to }: Edges): number[][] {
  const { first, next } = adjacency(nodes, from);
  const order = new Int32Array(nodes).fill(-1);
  const low = new Int32Array(nodes);
  const onStack = new Uint8Array(nodes);
  const edge = Int32Array.from(first);
  const stack: number[] = [];
  const path: number[] = [];
  const found: number[][] = [];
  let count = 0;
  const enter = (node: number) => {
    order[node] = low[node] = count++;
    stack.push(node);
    path.push(node);
    onStack[node] = 1;
  };
  const leave = (node: number) => {
    path.pop();
    const parent = path.at(-1);
    if (parent !== undefined) low[parent] = Math.min(low[parent] as number, low[node] as number);
    if (low[node] !== order[node]) return;
    const component = stack.splice(stack.lastIndexOf(node));
    for (const member of component) onStack[member] = 0;
    found.push(component);
  };
  for (let start = 0; start < nodes; start++) {
    if (order[start] === -1) enter(start);
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const at = edge[node] as number;
      if (at === -1) {
        leave(node);
        continue;
      }
      edge[node] = next[at] as number;
      const target = to[at] as number;
      if (order[target] === -1) enter(target);
      else if (onStack[target]) low[node] = Math.min(low[node] as number, order[target] as number);
    }
  }
  return found;
}

/** Edges as linked lists: the first edge of each node, and for each edge the next one of the same node. */
function adjacency(nodes: number, from: readonly number[]): { first: Int32Array; next: Int32Array } {
  const first = new Int32Array(nodes).fill(-1);
  const next = new Int32Array(from.length);
  for (let index = 0; index < from.length; index++) {
    const node = from[index] as number;
    next[index] = first[node] as number;
    first[node] = index;
  }
  return { first, next };
}
