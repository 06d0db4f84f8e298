import type { AppendOperation, History, LogEntry, Operation, Read } from "@/lib/testing/proof/history/history";
import {
  appendsOf,
  extended,
  type Mutation,
  picked,
  readsOf,
  stored,
  swapped,
} from "@/lib/testing/proof/history/mutations/spoil";
import type { Random } from "@/lib/testing/proof/random";

/** Mutations of what clients were told. */
export const answerMutations: readonly Mutation[] = [
  {
    name: "two appends win the same version",
    code: "A5",
    spoil: (history, random) => {
      const exact = ({ writes }: AppendOperation) => typeof writes[0]?.expected === "number" && writes.length === 1;
      const winner = picked(random, appendsOf(history, "ok").filter(exact));
      const [write] = winner?.writes ?? [];
      if (!winner || !write) return undefined;
      const rival = {
        ...winner,
        append: 999_999,
        writes: [{ stream: write.stream, expected: write.expected, events: [888_888] }],
      };
      return extended(swapped(history, winner, winner, rival), write.stream, 888_888);
    },
  },
  {
    name: "an append was accepted against its expected version",
    code: "A5",
    spoil: (history, random) => {
      const append = picked(random, appendsOf(history, "ok"));
      const writes = append?.writes.map((write) => ({ ...write, expected: 7_777 }));
      return append && writes && retried(history, append.append, writes);
    },
  },
  {
    name: "a first append was accepted on a stream that was there",
    code: "A5",
    spoil: (history, random) => {
      const later = ({ writes }: AppendOperation) => (writes[0]?.answer?.version ?? 1) > 1;
      const append = picked(random, appendsOf(history, "ok").filter(later));
      const writes = append?.writes.map((write) => ({ ...write, expected: "none" as const }));
      return append && writes && retried(history, append.append, writes);
    },
  },
  {
    name: "an answer names another position",
    code: "A6",
    spoil: (history, random) => answered(history, random, ({ first }) => ({ first: first + 1 })),
  },
  {
    name: "an answer names another last position",
    code: "A6",
    spoil: (history, random) => answered(history, random, ({ last }) => ({ last: last + 1 })),
  },
  {
    name: "an answer names another version",
    code: "A6",
    spoil: (history, random) => answered(history, random, ({ version }) => ({ version: version + 1 })),
  },
  {
    name: "a read sees an append before it was sent",
    code: "A11",
    spoil: (history, random) => {
      const append = picked(
        random,
        appendsOf(history, "ok").filter(({ append: id }) => firstTry(history, id)),
      );
      const write = append?.writes[0];
      if (!append || !write?.answer) return undefined;
      const seen = [{ stream: write.stream, version: write.answer.version }];
      return swapped(
        history,
        append,
        { kind: "read", process: "p-9", start: append.start - 2, end: append.start - 1, seen },
        append,
      );
    },
  },
  {
    name: "a later read misses an acknowledged append",
    code: "A12",
    spoil: (history, random) => {
      const append = picked(random, appendsOf(history, "ok"));
      const write = append?.writes[0];
      if (!append || !write?.answer) return undefined;
      const seen = [{ stream: write.stream, version: write.answer.version - 1 }];
      return swapped(history, append, append, {
        kind: "read",
        process: "p-9",
        start: append.end + 1,
        end: append.end + 2,
        seen,
      });
    },
  },
  {
    name: "a read finds a stream empty at the end",
    code: "A12",
    spoil: (history, random) => {
      const stream = picked(random, appendsOf(history, "ok"))?.writes[0]?.stream ?? "";
      const read: Read = { kind: "read", process: "p-9", start: 1e12, end: 1e12 + 1, seen: [{ stream, version: 0 }] };
      return { ...history, operations: [...history.operations, read] };
    },
  },
  {
    name: "a read sees a version that the log does not have",
    code: "A1",
    spoil: (history, random) => {
      const read = picked(random, readsOf(history));
      return read && swapped(history, read, { ...read, seen: read.seen.map((one) => ({ ...one, version: 100_000 })) });
    },
  },
  {
    name: "a read sees half of an append",
    code: "G",
    spoil: (history, random) => {
      const found = stored(history, random, ({ writes }) => writes.length > 1);
      const [one, other] = found?.append.writes ?? [];
      if (!found || !one?.answer || !other?.answer) return undefined;
      const seen = [
        { stream: one.stream, version: one.answer.version },
        { stream: other.stream, version: other.answer.version - 1 },
      ];
      const { append } = found;
      return swapped(
        history,
        append,
        { kind: "read", process: "p-9", start: append.start, end: append.end, seen },
        append,
      );
    },
  },
  {
    name: "two appends stand in one order here and in the other there",
    code: "G",
    spoil: (history) => {
      const last = history.log.at(-1)?.position ?? 0;
      const place = (at: number, stream: string, version: number, event: number): LogEntry => ({
        position: last + at,
        stream,
        version,
        event,
      });
      const two = (append: number, events: readonly [number, number]): AppendOperation => ({
        kind: "append",
        outcome: "ok",
        process: "p-9",
        start: 1e12,
        end: 1e12 + 9,
        append,
        writes: [
          { stream: "x-1", expected: "any", events: [events[0]] },
          { stream: "x-2", expected: "any", events: [events[1]] },
        ],
      });
      const log = [
        ...history.log,
        place(1, "x-1", 1, 700_001),
        place(2, "x-2", 1, 700_004),
        place(3, "x-1", 2, 700_003),
        place(4, "x-2", 2, 700_002),
      ];
      return {
        ...history,
        log,
        operations: [...history.operations, two(700, [700_001, 700_002]), two(701, [700_003, 700_004])],
      };
    },
  },
];

function answered(
  history: History,
  random: Random,
  change: (answer: { version: number; first: number; last: number }) => object,
) {
  const append = picked(random, appendsOf(history, "ok"));
  const [write, ...rest] = append?.writes ?? [];
  if (!append || !write?.answer) return undefined;
  const answer = { ...write.answer, ...change(write.answer) };
  return swapped(history, append, { ...append, writes: [{ ...write, answer }, ...rest] });
}

/** One more try of an append, with other words. The first try is what counts, so it is the one that is changed. */
function retried(history: History, append: number, writes: AppendOperation["writes"]): History {
  const change = (one: Operation) => (one.kind === "append" && one.append === append ? { ...one, writes } : one);
  return { ...history, operations: history.operations.map(change) };
}

function firstTry(history: History, append: number): boolean {
  return history.operations.filter((one) => one.kind === "append" && one.append === append).length === 1;
}
