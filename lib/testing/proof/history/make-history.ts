import type { AppendOperation, History, LogEntry, Operation, Write } from "@/lib/testing/proof/history/history";
import { firstAbove } from "@/lib/testing/proof/history/index-history";
import type { Random } from "@/lib/testing/proof/random";

/**
 * The history of a correct store, made up: appends of one or two streams, refused and unknown ones, retries, reads of two
 * streams, two consumers that page through the log, checkpoints, effects. `appends` is how many are tried.
 */
export function makeHistory(random: Random, appends: number): History {
  const model = createModel(random, appends);
  for (let append = 1; append <= appends; append++) {
    model.tryAppend(append);
    if (random.chance(0.3)) model.read();
    if (random.chance(0.2)) model.poll("tail", 20);
    if (random.chance(0.05)) model.poll("catch-up", 50);
    if (random.chance(0.1)) model.checkpoint();
  }
  model.settle();
  for (const consumer of ["tail", "catch-up"]) while (model.poll(consumer, 50));
  model.checkpoint();
  const log = model.log;
  const handled = log.filter(({ event }) => event % 2 === 0);
  const skipped = new Set(handled.flatMap(({ event }) => (event % 50 === 0 ? [event] : [])));
  const times = new Map(handled.flatMap(({ event }) => (skipped.has(event) ? [] : [[event, 1] as const])));
  return {
    operations: model.operations,
    log,
    effects: [{ consumer: "effects", handles: (event) => event % 2 === 0, skipped, times }],
    differences: [],
  };
}

/** How many events a made-up append has on average; what a size of so many events is divided by. */
export const EVENTS_PER_APPEND = 3.5;

function createModel(random: Random, appends: number) {
  const streams = Math.max(6, Math.floor(appends / 200));
  const operations: Operation[] = [];
  const log: LogEntry[] = [];
  const versions = new Map<string, number>();
  const cursors = new Map<string, number>();
  let time = 0;
  let position = 0;
  let event = 0;
  const tick = () => (time += random.whole(1, 50));
  const nameOf = () => `s-${random.whole(1, streams)}`;

  function store(writes: readonly Write[]): Write[] {
    return writes.map((write) => {
      position += random.chance(0.2) ? 2 : 1;
      const first = position;
      const version = (versions.get(write.stream) ?? 0) + 1;
      for (const [index, one] of write.events.entries()) {
        if (index > 0) position += 1;
        log.push({ position, stream: write.stream, version: version + index, event: one });
      }
      versions.set(write.stream, version + write.events.length - 1);
      return { ...write, answer: { version, first, last: position } };
    });
  }

  function writesOf(wrong: boolean): Write[] {
    const names = [...new Set(random.chance(0.4) ? [nameOf(), nameOf()] : [nameOf()])];
    return names.map((stream) => {
      const version = versions.get(stream) ?? 0;
      const exact = wrong || random.chance(0.4);
      const events = Array.from({ length: random.whole(1, 5) }, () => ++event);
      return { stream, expected: exact ? (wrong ? version + 7 : version === 0 ? "none" : version) : "any", events };
    });
  }

  return {
    operations,
    log,
    tryAppend(append: number) {
      const wrong = random.chance(0.1);
      const writes = writesOf(wrong);
      const base = { kind: "append", append, process: `p-${random.whole(1, 4)}` } as const;
      const attempt = (outcome: AppendOperation["outcome"], answered: readonly Write[]) =>
        operations.push({ ...base, outcome, start: tick(), end: tick(), writes: answered });
      if (wrong) attempt("fail", writes);
      else if (random.chance(0.05)) attempt("info", writes);
      else {
        const answered = store(writes);
        if (random.chance(0.1)) attempt("info", writes);
        if (!random.chance(0.03)) attempt("ok", answered);
        else attempt("info", writes);
        if (random.chance(0.1)) attempt("ok", answered);
      }
    },
    read() {
      const seen = [...new Set([nameOf(), nameOf(), nameOf()])].map((stream) => ({
        stream,
        version: versions.get(stream) ?? 0,
      }));
      operations.push({ kind: "read", process: `p-${random.whole(1, 4)}`, start: tick(), end: tick(), seen });
    },
    /** Whether there was anything new. */
    poll(consumer: string, limit: number): boolean {
      const after = cursors.get(consumer) ?? 0;
      const from = firstAbove(log, after);
      const entries = log.slice(from, from + limit);
      const to = entries.at(-1)?.position ?? after;
      cursors.set(consumer, to);
      operations.push({ kind: "poll", consumer, start: tick(), end: tick(), after, to, entries });
      return entries.length > 0;
    },
    checkpoint() {
      const at = Math.max(0, (cursors.get("catch-up") ?? 0) - 1);
      operations.push({ kind: "checkpoint", consumer: "model/0", epoch: 1, position: at, mark: position });
    },
    /** One more append that everybody will agree on, so that a history never ends in the unknown. */
    settle() {
      const stream = nameOf();
      const answered = store([{ stream, expected: "any", events: [++event, ++event] }]);
      operations.push({
        kind: "append",
        append: appends + 1,
        process: "p-1",
        outcome: "ok",
        start: tick(),
        end: tick(),
        writes: answered,
      });
    },
  };
}
