import type { ProcessMove } from "@/lib/define-process";

/** Where a stage stands: ranks go down in the usual course of things, columns to the right. */
export type PlacedStage = {
  readonly stage: string;
  readonly rank: number;
  readonly column: number;
  /** Nothing leads on from it. */
  readonly last: boolean;
};

/** A move with how it is drawn: straight on, on to a later rank beside, or back. */
export type PlacedMove = ProcessMove & {
  readonly source: PlacedStage;
  readonly target: PlacedStage;
  readonly way: "down" | "beside" | "back";
};

/** A diagram as a grid: stages in their places, moves between them. */
export type DiagramLayout = {
  readonly stages: readonly PlacedStage[];
  readonly moves: readonly PlacedMove[];
  readonly ranks: number;
  readonly columns: number;
};

/**
 * Places the stages of a process. A stage comes one rank after the latest of those that lead to it; moves to a stage that
 * was named before lead back and push nothing down. Stages of one rank stand side by side in the order in which they were
 * named, so the moves named first make the straight line on the left.
 */
export function layOut(moves: readonly ProcessMove[]): DiagramLayout {
  const names = [...new Set(moves.flatMap(({ from, to }) => [from, to]))];
  const order = new Map(names.map((name, index) => [name, index]));
  const isBack = ({ from, to }: ProcessMove) => (order.get(to) ?? 0) <= (order.get(from) ?? 0);
  const ranks = new Map(names.map((name) => [name, 0]));
  // Names stand in an order in which moves on go forwards, so one pass sees each source before its targets.
  for (const name of names) {
    for (const move of moves) {
      if (move.from !== name || isBack(move)) continue;
      ranks.set(move.to, Math.max(ranks.get(move.to) ?? 0, (ranks.get(name) ?? 0) + 1));
    }
  }
  const taken = new Map<number, number>();
  const stages = names.map((stage): PlacedStage => {
    const rank = ranks.get(stage) ?? 0;
    const column = taken.get(rank) ?? 0;
    taken.set(rank, column + 1);
    return { stage, rank, column, last: !moves.some(({ from }) => from === stage) };
  });
  const placeOf = new Map(stages.map((placed) => [placed.stage, placed]));
  return {
    stages,
    moves: moves.flatMap((move): PlacedMove[] => {
      const [source, target] = [placeOf.get(move.from), placeOf.get(move.to)];
      if (!source || !target) return [];
      return [{ ...move, source, target, way: wayOf(source, target) }];
    }),
    ranks: Math.max(0, ...stages.map(({ rank }) => rank + 1)),
    columns: Math.max(0, ...taken.values()),
  };
}

function wayOf(source: PlacedStage, target: PlacedStage): PlacedMove["way"] {
  if (target.rank <= source.rank) return "back";
  return target.column === source.column && target.rank === source.rank + 1 ? "down" : "beside";
}
