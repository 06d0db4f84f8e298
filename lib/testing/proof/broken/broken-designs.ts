import {
  answerOf,
  count,
  type Design,
  fits,
  inOrder,
  lockAll,
  lowestFloor,
  PAGE,
  sound,
  store,
} from "@/lib/testing/proof/broken/design";
import type { Stored, World } from "@/lib/testing/proof/broken/world";
import type { AnomalyCode } from "@/lib/testing/proof/history/anomalies";

/** A design with one thing wrong, as it was found in real stores, and what must be seen of it. */
export type BrokenDesign = { readonly name: string; readonly code: AnomalyCode; readonly design: Design };

/** Pages through what passes `visible`, in the order of positions, and remembers the last position alone. */
function byPosition(visible: (world: World, entry: Stored) => boolean): Design["reader"] {
  return (world) => {
    let cursor = 0;
    return () => {
      const page = inOrder(world)
        .filter((entry) => entry.position > cursor && visible(world, entry))
        .slice(0, PAGE);
      cursor = page.at(-1)?.position ?? cursor;
      return page;
    };
  };
}

/** The oldest transaction number that is still under way. */
function xmin(world: World): number {
  return Math.min(...[...world.active()].map(({ xid }) => xid));
}

const PATIENCE_LOOKS = 12;

/** Stops at a gap, and after some looks believes that nothing will come there any more. */
const skipGapsByTime: Design["reader"] = (world) => {
  let cursor = 0;
  let looks = 0;
  return () => {
    const entries = inOrder(world).filter(({ position }) => position > cursor);
    const gap = entries[0] !== undefined && entries[0].position !== cursor + 1;
    looks = gap ? looks + 1 : 0;
    if (gap && looks < PATIENCE_LOOKS) return [];
    const whole = entries.findIndex(({ position }, index) => position !== (entries[0]?.position ?? 0) + index);
    const page = entries.slice(0, Math.min(PAGE, whole === -1 ? entries.length : whole));
    cursor = page.at(-1)?.position ?? cursor;
    return page;
  };
};

/** Goes by transaction number first, which a transaction has before it has the lock of a stream. */
const byTransaction: Design["reader"] = (world) => {
  let cursor = { xid: 0, position: 0 };
  const after = ({ xid, position }: Stored) => xid > cursor.xid || (xid === cursor.xid && position > cursor.position);
  return () => {
    const page = [...world.committed()]
      .filter((entry) => entry.xid < xmin(world) && after(entry))
      .sort((a, b) => a.xid - b.xid || a.position - b.position)
      .slice(0, PAGE);
    cursor = page.at(-1) ?? cursor;
    return page;
  };
};

/** Every design that the checker must see through. */
export const brokenDesigns: readonly BrokenDesign[] = [
  { name: "readers page by position alone", code: "A7", design: { ...sound, reader: byPosition(() => true) } },
  {
    name: "readers page by position below xmin",
    code: "A7",
    design: { ...sound, reader: byPosition((world, { xid }) => xid < xmin(world)) },
  },
  { name: "readers page by transaction number and position", code: "A13", design: { ...sound, reader: byTransaction } },
  { name: "readers pass a gap after a time", code: "A7", design: { ...sound, reader: skipGapsByTime } },
  {
    name: "the mark is the head: readers see above what is settled",
    code: "A7",
    design: {
      ...sound,
      *advance(world, mark) {
        yield;
        return Math.max(mark, world.lastDrawn());
      },
    },
  },
  {
    name: "floors are looked at before the head",
    code: "A7",
    design: {
      ...sound,
      *advance(world, mark) {
        const floor = lowestFloor(world);
        yield;
        return Math.max(mark, Math.min(world.lastDrawn(), floor));
      },
    },
  },
  {
    name: "the floor is taken after positions are drawn",
    code: "A7",
    design: {
      ...sound,
      *append(world, writes) {
        const transaction = world.begin();
        try {
          yield* lockAll(world, transaction, writes);
          const known = answerOf(world, writes);
          if (known) return { kind: "ok", writes: known };
          if (!writes.every((write) => fits(world, write))) return { kind: "refused" };
          yield* store(world, transaction, writes);
          transaction.floor = world.lastDrawn();
          yield;
          return world.commit(transaction) ? { kind: "ok", writes } : { kind: "lost" };
        } finally {
          world.abort(transaction);
        }
      },
    },
  },
  {
    name: "versions are checked without the lock of the stream",
    code: "A4",
    design: {
      ...sound,
      *append(world, writes) {
        const transaction = world.begin();
        try {
          transaction.floor = world.lastDrawn();
          if (answerOf(world, writes)) return { kind: "ok", writes };
          if (!writes.every((write) => fits(world, write))) return { kind: "refused" };
          yield;
          yield* store(world, transaction, writes);
          return world.commit(transaction) ? { kind: "ok", writes } : { kind: "lost" };
        } finally {
          world.abort(transaction);
        }
      },
    },
  },
  {
    name: "a retry is stored again",
    code: "A2",
    design: {
      ...sound,
      *append(world, writes) {
        const transaction = world.begin();
        try {
          yield* lockAll(world, transaction, writes);
          if (!writes.every((write) => fits(world, write))) return { kind: "refused" };
          transaction.floor = world.lastDrawn();
          yield;
          yield* store(world, transaction, writes);
          return world.commit(transaction) ? { kind: "ok", writes } : { kind: "lost" };
        } finally {
          world.abort(transaction);
        }
      },
    },
  },
  {
    name: "an append to several streams is several transactions",
    code: "A10",
    design: {
      ...sound,
      *append(world, writes) {
        const answered = [];
        for (const write of writes) {
          const part = yield* sound.append(world, [write]);
          if (part.kind !== "ok") return part;
          answered.push(...part.writes);
        }
        return { kind: "ok", writes: answered };
      },
    },
  },
  { name: "an append is answered before it is on disk", code: "A1", design: { ...sound, durable: false } },
  {
    name: "the checkpoint is committed before the effects",
    code: "A14",
    design: {
      ...sound,
      *apply(state, { from, to, epoch, events }) {
        yield;
        if (state.epoch !== epoch || state.checkpoint !== from) return;
        state.checkpoint = to;
        yield;
        for (const event of events) count(state, event);
      },
    },
  },
  {
    name: "effects and checkpoint are two transactions",
    code: "A14",
    design: {
      ...sound,
      *apply(state, { from, to, epoch, events }) {
        yield;
        if (state.epoch !== epoch || state.checkpoint !== from) return;
        for (const event of events) count(state, event);
        yield;
        if (state.epoch === epoch) state.checkpoint = to;
      },
    },
  },
  {
    name: "a commit is not fenced by the epoch",
    code: "A14",
    design: {
      ...sound,
      *apply(state, { to, events }) {
        yield;
        for (const event of events) count(state, event);
        state.checkpoint = to;
      },
    },
  },
];
