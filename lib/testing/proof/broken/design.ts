import type { Stored, Transaction, World } from "@/lib/testing/proof/broken/world";
import type { Write } from "@/lib/testing/proof/history/history";

/** What became of an append. `lost`: the server died over it. */
type Appended = { readonly kind: "ok"; readonly writes: readonly Write[] } | { readonly kind: "refused" | "lost" };

/** One consumer with its one checkpoint, and how often each event had its effect. */
export type ConsumerState = {
  checkpoint: number;
  epoch: number;
  readonly effects: Map<number, number>;
};

/** A way to keep a log in a database. Generators yield wherever others may come between. */
export type Design = {
  readonly durable: boolean;
  readonly append: (world: World, writes: readonly Write[]) => Generator<void, Appended>;
  /** Moves the mark once; resolves with its new place. */
  readonly advance: (world: World, mark: number) => Generator<void, number>;
  /** A reader of the whole log: each call gives what comes next. */
  readonly reader: (world: World, mark: () => number) => () => readonly Stored[];
  /** Applies a batch that was read at `from` under `epoch`; it may be left at any yield. */
  readonly apply: (
    state: ConsumerState,
    batch: { from: number; to: number; epoch: number; events: readonly number[] },
  ) => Generator<void, void>;
};

/** Tidemark's design: locks, then ids, then versions, then the floor, then positions; readers stay below the mark. */
export const sound: Design = {
  durable: true,
  *append(world, writes) {
    const transaction = world.begin();
    try {
      yield* lockAll(world, transaction, writes);
      const known = answerOf(world, writes);
      if (known) return { kind: "ok", writes: known };
      if (!writes.every((write) => fits(world, write))) return { kind: "refused" };
      transaction.floor = world.lastDrawn();
      yield;
      yield* store(world, transaction, writes);
      return world.commit(transaction) ? { kind: "ok", writes: answerOf(world, writes) ?? writes } : { kind: "lost" };
    } finally {
      world.abort(transaction);
    }
  },
  *advance(world, mark) {
    const head = world.lastDrawn();
    yield;
    return Math.max(mark, Math.min(head, lowestFloor(world)));
  },
  reader(world, mark) {
    let cursor = 0;
    return () => {
      const page = inOrder(world)
        .filter(({ position }) => position > cursor && position <= mark())
        .slice(0, PAGE);
      cursor = page.at(-1)?.position ?? cursor;
      return page;
    };
  },
  *apply(state, { from, to, epoch, events }) {
    yield;
    // One transaction: effects and checkpoint, fenced by the epoch.
    if (state.epoch !== epoch || state.checkpoint !== from) return;
    for (const event of events) count(state, event);
    state.checkpoint = to;
  },
};

/** Events that one reading brings. */
export const PAGE = 5;

/** Takes the locks of all streams in the order of their names. */
export function* lockAll(world: World, transaction: Transaction, writes: readonly Write[]): Generator<void, void> {
  for (const { stream } of [...writes].sort((a, b) => (a.stream < b.stream ? -1 : 1))) {
    while (!transaction.dead && !world.lock(transaction, stream)) yield;
    yield;
  }
}

/** Draws positions and stores events, and may be slow to end. */
export function* store(world: World, transaction: Transaction, writes: readonly Write[]): Generator<void, void> {
  for (const { stream, events } of writes) {
    const version = world.versionOf(stream);
    for (const [index, event] of events.entries()) {
      transaction.entries.push({
        position: world.draw(),
        stream,
        version: version + index + 1,
        event,
        xid: transaction.xid,
      });
      yield;
    }
  }
  for (let rest = world.random.chance(0.1) ? world.random.whole(20, 200) : 0; rest > 0; rest--) yield;
}

/** Where the events of an append are, if they are stored. */
export function answerOf(world: World, writes: readonly Write[]): Write[] | undefined {
  const answered: Write[] = [];
  for (const write of writes) {
    const first = world.find(write.events[0] ?? Number.NaN);
    const last = world.find(write.events.at(-1) ?? Number.NaN);
    if (!first || !last) return undefined;
    answered.push({ ...write, answer: { version: first.version, first: first.position, last: last.position } });
  }
  return answered;
}

/** Whether a stream is at the version that a write expects. */
export function fits(world: World, { stream, expected }: Write): boolean {
  return typeof expected !== "number" || world.versionOf(stream) === expected;
}

/** The smallest promise of those under way; infinite when there is none. */
export function lowestFloor(world: World): number {
  return Math.min(...[...world.active()].map(({ floor }) => floor ?? Number.POSITIVE_INFINITY));
}

/** What is committed, in the order of positions. */
export function inOrder(world: World): Stored[] {
  return [...world.committed()].sort((a, b) => a.position - b.position);
}

/** Notes one effect of an event. */
export function count(state: ConsumerState, event: number): void {
  state.effects.set(event, (state.effects.get(event) ?? 0) + 1);
}
