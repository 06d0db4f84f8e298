import type { ConsumerState, Design } from "@/lib/testing/proof/broken/design";
import { inOrder, PAGE } from "@/lib/testing/proof/broken/design";
import { createWorld, type World } from "@/lib/testing/proof/broken/world";
import type { History, Operation, Write } from "@/lib/testing/proof/history/history";
import { createRandom } from "@/lib/testing/proof/random";

const WRITERS = 5;
const APPENDS = 30;
const STREAMS = 5;

/**
 * Runs a design for a short while: writers that race, retry and give up, readers, two workers of one consumer that are
 * frozen and killed, and a server that crashes twice. Returns the history. The same seed gives the same run.
 */
export function simulate(design: Design, seed: number): History {
  const random = createRandom(seed);
  const world = createWorld(random, design.durable);
  const operations: Operation[] = [];
  const state: ConsumerState = { checkpoint: 0, epoch: 0, effects: new Map() };
  let mark = 0;
  let writing = WRITERS;
  let numbers = 0;

  function* writer(name: string): Generator<void, void> {
    for (let n = 0; n < APPENDS; n++) {
      const append = ++numbers;
      const writes = plan(world, append);
      for (let tries = 0; tries < 4; tries++) {
        const outcome = yield* tryOnce(name, append, writes);
        if (outcome === "ok" ? !random.chance(0.1) : outcome === "fail") break;
      }
    }
    writing -= 1;
  }

  /** One try of an append; its client may be killed over it, or lose the answer. */
  function* tryOnce(
    process: string,
    append: number,
    writes: readonly Write[],
  ): Generator<void, "ok" | "fail" | "info"> {
    const start = world.now();
    const note = (outcome: "ok" | "fail" | "info", answered: readonly Write[]) => {
      operations.push({ kind: "append", outcome, process, start, end: world.now(), append, writes: answered });
      return outcome;
    };
    const steps = design.append(world, writes);
    for (;;) {
      const step = steps.next();
      if (step.done) {
        if (step.value.kind === "lost" || random.chance(0.1)) return note("info", writes);
        return step.value.kind === "ok" ? note("ok", step.value.writes) : note("fail", writes);
      }
      if (random.chance(0.004)) {
        steps.return({ kind: "lost" });
        return note("info", writes);
      }
      yield;
    }
  }

  function* agent(): Generator<void, void> {
    while (writing > 0 || mark < world.lastDrawn()) {
      mark = yield* design.advance(world, Math.min(mark, world.lastDrawn()));
      yield;
    }
  }

  function* reader(consumer: string): Generator<void, void> {
    const next = design.reader(world, () => mark);
    let after = 0;
    for (let idle = 0; idle < 40; ) {
      const start = world.now();
      const page = next();
      const to = page.at(-1)?.position ?? after;
      if (page.length > 0)
        operations.push({ kind: "poll", consumer, start, end: world.now(), after, to, entries: page });
      after = to;
      idle = page.length === 0 && writing === 0 && mark >= world.lastDrawn() ? idle + 1 : 0;
      yield;
    }
  }

  /** Takes the consumer over when it believes that the other one is gone; is itself killed or frozen at any step. */
  function* worker(): Generator<void, void> {
    while (writing > 0 || mark < world.lastDrawn() || state.checkpoint < mark) {
      const epoch = ++state.epoch;
      for (let batches = random.whole(1, 12); batches > 0 && state.epoch === epoch; batches--) {
        const from = state.checkpoint;
        const page = inOrder(world)
          .filter(({ position }) => position > from && position <= mark)
          .slice(0, PAGE);
        const to = page.length < PAGE ? Math.max(mark, from) : (page.at(-1)?.position ?? from);
        for (const _ of design.apply(state, { from, to, epoch, events: page.map(({ event }) => event) })) {
          if (random.chance(0.03)) break;
          for (let frozen = random.chance(0.05) ? random.whole(50, 300) : 0; frozen > 0; frozen--) yield;
          yield;
        }
        yield;
      }
    }
  }

  function* server(): Generator<void, void> {
    for (let crash = 0; crash < 2; crash++) {
      for (let rest = random.whole(200, 500); rest > 0; rest--) {
        if (random.chance(0.03)) world.flush();
        yield;
      }
      world.crash();
    }
    world.flush();
  }

  world.run([
    ...Array.from({ length: WRITERS }, (_, index) => writer(`writer ${index}`)),
    agent(),
    reader("reader 1"),
    reader("reader 2"),
    worker(),
    worker(),
    server(),
  ]);
  const times = state.effects;
  return {
    operations,
    log: inOrder(world),
    effects: [{ consumer: "consumer", handles: () => true, skipped: new Set(), times }],
    differences: [],
  };
}

function plan(world: World, append: number): Write[] {
  const { random } = world;
  const streams = [
    ...new Set(random.chance(0.4) ? [1, 2].map(() => random.whole(1, STREAMS)) : [random.whole(1, STREAMS)]),
  ];
  let event = append * 10;
  return streams.map((number): Write => {
    const stream = `s-${number}`;
    const expected = random.chance(0.3) ? world.versionOf(stream) : "any";
    return { stream, expected, events: Array.from({ length: random.whole(1, 3) }, () => event++) };
  });
}
