import { hasFailed } from "@/lib/queries/trace-row";
import type { Range } from "./trace-state";
import type { WireRow } from "./wire-rows";

/** A line of the waterfall: a row, or equal siblings as one. */
export type Line<Row extends WireRow = WireRow> = {
  readonly id: string;
  /** The row; of equal siblings the first. */
  readonly row: Row;
  /** How many equal siblings it stands for; 1 for a row. */
  readonly times: number;
  /** Rows below it, shown or not. */
  readonly below: number;
  /** Failed rows among itself and what is below it. */
  readonly failed: number;
  /** Open rows among the same. */
  readonly unfinished: number;
  /** Null when there is nothing to open. */
  readonly open: boolean | null;
  /** Last end among the rows that it stands for, null when one of them is open. */
  readonly endUs: number | null;
};

/** What of the tree is shown. */
export type Folding = {
  /** Rows above this depth are open; `Infinity` opens equal siblings, too. */
  readonly depth: number;
  /** Lines that are the other way round, by id. */
  readonly turned: ReadonlySet<string>;
  /** Only these rows and the ways to them, unfolded. */
  readonly keep?: ((row: WireRow) => boolean) | undefined;
  /** Whether equal siblings are shown as one line. */
  readonly group: boolean;
};

/** Above so many rows a trace opens folded. */
export const FOLDED_ABOVE = 2_000;
/** So many siblings of one kind and name are one line. */
const EQUAL_MIN = 5;

/** The lines of a trace under a folding, in the order in which they are drawn. Linear in the rows. */
export function foldedRows<Row extends WireRow>(rows: readonly Row[], folding: Folding): readonly Line<Row>[] {
  if (folding.keep) rows = waysTo(rows, folding.keep);
  const tree = treeOf(rows);
  const lines: Line<Row>[] = [];
  type Task = { readonly at: number; readonly equals?: readonly number[] };
  const tasks: Task[] = [];
  const push = (siblings: readonly number[]) => {
    const next: Task[] = folding.group ? equalOnes(rows, siblings) : siblings.map((at) => ({ at }));
    for (const task of next.reverse()) tasks.push(task);
  };
  push(childrenOf(tree, 0, rows.length));
  // A stack, not recursion: a chain of causes may be as long as the trace.
  for (let task = tasks.pop(); task; task = tasks.pop()) {
    const { at, equals } = task;
    const row = rows[at];
    if (!row) continue;
    const children = childrenOf(tree, at + 1, tree.end[at] ?? at + 1);
    const id = equals ? `equal:${row.id}` : row.id;
    const opened = equals ? folding.depth === Number.POSITIVE_INFINITY : row.depth < folding.depth;
    const open = opened !== folding.turned.has(id) || (folding.keep !== undefined && !equals);
    lines.push(lineOf(rows, tree, id, equals ?? [at], open));
    if (!open) continue;
    if (equals) for (const one of [...equals].reverse()) tasks.push({ at: one });
    else push(children);
  }
  return lines;
}

/** Whether a row has anything to do with a stretch of time. */
export function isWithin({ from, to }: Range, row: WireRow): boolean {
  return row.startUs <= to && (row.endUs ?? Number.POSITIVE_INFINITY) >= from;
}

type Tree = {
  /** The index after the last row below each row. */
  readonly end: readonly number[];
  /** Running sums, so that any stretch is counted in two look-ups. */
  readonly failed: readonly number[];
  readonly unfinished: readonly number[];
};

function treeOf(rows: readonly WireRow[]): Tree {
  const end = new Array<number>(rows.length);
  const above: number[] = [];
  rows.forEach((row, index) => {
    while (above.length > 0 && (rows[above.at(-1) ?? 0]?.depth ?? 0) >= row.depth) end[above.pop() ?? 0] = index;
    above.push(index);
  });
  for (const index of above) end[index] = rows.length;
  return {
    end,
    failed: sums(rows, hasFailed),
    unfinished: sums(rows, (row) => row.endUs === null),
  };
}

function sums(rows: readonly WireRow[], counts: (row: WireRow) => boolean): readonly number[] {
  const running = [0];
  for (const [index, row] of rows.entries()) running.push((running[index] ?? 0) + (counts(row) ? 1 : 0));
  return running;
}

function childrenOf({ end }: Tree, from: number, to: number): number[] {
  const children: number[] = [];
  for (let at = from; at < to; at = end[at] ?? to) children.push(at);
  return children;
}

/** Siblings of one kind and name as one, at the place of the first, when there are many of them. */
function equalOnes(rows: readonly WireRow[], siblings: readonly number[]): { at: number; equals?: number[] }[] {
  const nameOf = (at: number) => `${rows[at]?.kind} ${rows[at]?.name}`;
  const byName = new Map<string, number[]>();
  for (const at of siblings) {
    const equals = byName.get(nameOf(at));
    if (equals) equals.push(at);
    else byName.set(nameOf(at), [at]);
  }
  return siblings.flatMap((at) => {
    const equals = byName.get(nameOf(at)) ?? [at];
    if (equals.length < EQUAL_MIN) return [{ at }];
    return equals[0] === at ? [{ at, equals }] : [];
  });
}

function lineOf<Row extends WireRow>(
  rows: readonly Row[],
  tree: Tree,
  id: string,
  members: readonly number[],
  open: boolean,
): Line<Row> {
  const [first = 0] = members;
  const row = rows[first] as Row;
  const count = (running: readonly number[]) =>
    members.reduce((sum, at) => sum + (running[tree.end[at] ?? at + 1] ?? 0) - (running[at] ?? 0), 0);
  const size = members.reduce((sum, at) => sum + (tree.end[at] ?? at + 1) - at, 0);
  const below = members.length > 1 ? size : size - 1;
  const ends = members.map((at) => rows[at]?.endUs ?? null);
  return {
    id,
    row,
    times: members.length,
    below,
    failed: count(tree.failed),
    unfinished: count(tree.unfinished),
    open: below === 0 ? null : open,
    endUs: ends.includes(null) ? null : ends.reduce<number>((max, end) => Math.max(max, end ?? 0), 0),
  };
}

/** The rows that are kept, and every row above them. */
function waysTo<Row extends WireRow>(rows: readonly Row[], keep: (row: Row) => boolean): readonly Row[] {
  const kept = new Set<number>();
  const above: number[] = [];
  rows.forEach((row, index) => {
    while (above.length > 0 && (rows[above.at(-1) ?? 0]?.depth ?? 0) >= row.depth) above.pop();
    above.push(index);
    if (!keep(row)) return;
    for (let at = above.length - 1; at >= 0 && !kept.has(above[at] ?? 0); at--) kept.add(above[at] ?? 0);
  });
  return rows.filter((_, index) => kept.has(index));
}
