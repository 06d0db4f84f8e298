import type { LogEntry } from "@/lib/testing/proof/history/history";
import {
  appendsOf,
  extended,
  type Mutation,
  neighbours,
  picked,
  stored,
  withLog,
} from "@/lib/testing/proof/history/mutations/spoil";

/** Mutations of the log at the end. */
export const logMutations: readonly Mutation[] = [
  {
    name: "an acknowledged append is missing",
    code: "A1",
    spoil: (history, random) => {
      const found = stored(history, random);
      return (
        found &&
        withLog(
          history,
          history.log.filter(({ event }) => !found.events.has(event)),
        )
      );
    },
  },
  {
    name: "the newest append of all is missing",
    code: "A1",
    spoil: (history) => withLog(history, history.log.slice(0, -2)),
  },
  {
    name: "an event is stored twice",
    code: "A2",
    spoil: (history, random) => {
      const entry = picked(random, history.log);
      return entry && extended(history, entry.stream, entry.event);
    },
  },
  {
    name: "a retried append is stored twice",
    code: "A2",
    spoil: (history, random) => {
      const found = stored(history, random);
      return found?.entries.reduce((log, { stream, event }) => extended(log, stream, event), history);
    },
  },
  {
    name: "a refused append is stored",
    code: "A3",
    spoil: (history, random) => {
      const write = picked(random, appendsOf(history, "fail"))?.writes[0];
      return write?.events.reduce((log, event) => extended(log, write.stream, event), history);
    },
  },
  {
    name: "an event comes from nowhere",
    code: "A3",
    spoil: (history) => extended(history, "s-1", 9_999_999),
  },
  {
    name: "a stream leaves a version out",
    code: "A4",
    spoil: (history) => {
      const last = history.log.at(-1);
      return last && withLog(history, [...history.log.slice(0, -1), { ...last, version: last.version + 1 }]);
    },
  },
  {
    name: "a stream has a version twice",
    code: "A4",
    spoil: (history, random) => {
      const pair = neighbours(history, random);
      return (
        pair &&
        withLog(
          history,
          history.log.map((one) => (one === pair[1] ? { ...one, version: pair[0].version } : one)),
        )
      );
    },
  },
  {
    name: "a stream begins at version 0",
    code: "A4",
    spoil: (history, random) => {
      const stream = picked(random, history.log)?.stream;
      return withLog(
        history,
        history.log.map((one) => (one.stream === stream ? { ...one, version: one.version - 1 } : one)),
      );
    },
  },
  {
    name: "part of an append is missing",
    code: "A10",
    spoil: (history) => withLog(history, history.log.slice(0, -1)),
  },
  {
    name: "one stream of an append is missing",
    code: "A10",
    spoil: (history, random) => {
      const found = stored(history, random, ({ writes }) => writes.length > 1);
      const lost = found?.append.writes[1]?.stream;
      return (
        found &&
        withLog(
          history,
          history.log.filter((one) => !(found.events.has(one.event) && one.stream === lost)),
        )
      );
    },
  },
  {
    name: "an append is cut by another one in the middle",
    code: "A10",
    spoil: (history, random) => {
      const found = stored(history, random, ({ writes }) => (writes[0]?.events.length ?? 0) > 1);
      const last = found?.entries[1];
      const other = last && history.log.find((one) => one.stream === last.stream && !found.events.has(one.event));
      if (!last || !other) return undefined;
      const exchange = (one: LogEntry) =>
        one === last ? { ...one, event: other.event } : one === other ? { ...one, event: last.event } : one;
      return withLog(history, history.log.map(exchange));
    },
  },
  {
    name: "two neighbours of a stream change places",
    code: "A13",
    spoil: (history, random) => {
      const pair = neighbours(history, random);
      if (!pair) return undefined;
      const [first, second] = pair;
      const exchange = (one: LogEntry) =>
        one === first
          ? { ...second, position: first.position }
          : one === second
            ? { ...first, position: second.position }
            : one;
      return withLog(history, history.log.map(exchange));
    },
  },
  {
    name: "two events have one position",
    code: "A6",
    spoil: (history) => {
      const [last, before] = [history.log.at(-1), history.log.at(-2)];
      return last && before && withLog(history, [...history.log.slice(0, -1), { ...last, position: before.position }]);
    },
  },
  {
    name: "an event lies in another stream than it was sent to",
    code: "A6",
    spoil: (history) => {
      const last = history.log.at(-1);
      return last && withLog(history, [...history.log.slice(0, -1), { ...last, stream: "s-other", version: 1 }]);
    },
  },
];
