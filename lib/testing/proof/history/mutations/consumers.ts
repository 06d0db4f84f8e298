import type { Poll } from "@/lib/testing/proof/history/history";
import {
  appendsOf,
  checkpointsOf,
  type Mutation,
  picked,
  pollsOf,
  repaged,
  swapped,
  withLog,
} from "@/lib/testing/proof/history/mutations/spoil";

/** Mutations of what consumers saw. */
export const consumerMutations: readonly Mutation[] = [
  {
    name: "a page leaves out an event in the middle",
    code: "A7",
    spoil: (history, random) => repaged(history, random, (page) => page.filter((_, index) => index !== 1)),
  },
  {
    name: "a page leaves out its first event",
    code: "A7",
    spoil: (history, random) => repaged(history, random, (page) => page.slice(1)),
  },
  {
    name: "a page is never read",
    code: "A7",
    spoil: (history, random) => {
      const polls = pollsOf(history).filter(
        ({ consumer, after, to }) => after > 0 && to < (history.log.at(-1)?.position ?? 0) && consumer === "tail",
      );
      const poll = picked(random, polls);
      return poll && swapped(history, poll);
    },
  },
  {
    name: "a page comes twice",
    code: "A8",
    spoil: (history, random) => {
      const poll = picked(random, pollsOf(history));
      return poll && swapped(history, poll, poll, poll);
    },
  },
  {
    name: "a reader begins again from the start",
    code: "A8",
    spoil: (history, random) => {
      const poll = picked(
        random,
        pollsOf(history).filter(({ after }) => after > 0),
      );
      return poll && swapped(history, poll, { ...poll, after: 0 });
    },
  },
  {
    name: "a page is in another order",
    code: "A8",
    spoil: (history, random) => repaged(history, random, (page) => page.reverse()),
  },
  {
    name: "a page has a stream in another order",
    code: "A13",
    spoil: (history, random) => {
      const twice = ({ entries }: Poll) =>
        entries.some(({ stream }, index) => entries.findIndex((one) => one.stream === stream) !== index);
      const poll = picked(random, pollsOf(history).filter(twice));
      return poll && swapped(history, poll, { ...poll, entries: [...poll.entries].reverse() });
    },
  },
  {
    name: "a checkpoint goes back",
    code: "A8",
    spoil: (history, random) => {
      const seen = picked(random, checkpointsOf(history));
      return seen && swapped(history, seen, seen, { ...seen, position: seen.position - 1 });
    },
  },
  {
    name: "an epoch goes back",
    code: "A8",
    spoil: (history, random) => {
      const seen = picked(random, checkpointsOf(history));
      return seen && swapped(history, seen, seen, { ...seen, epoch: 0 });
    },
  },
  {
    name: "a checkpoint stands above the mark",
    code: "A11",
    spoil: (history, random) => {
      const seen = picked(random, checkpointsOf(history));
      return seen && swapped(history, seen, { ...seen, mark: seen.position - 1 });
    },
  },
  {
    name: "a reader is given an event before it was sent",
    code: "A11",
    spoil: (history, random) => {
      const poll = picked(random, pollsOf(history));
      return poll && swapped(history, poll, { ...poll, start: -2, end: -1 });
    },
  },
  {
    name: "a reader stops before the end",
    code: "A9",
    spoil: (history) => {
      const last = history.operations.findLast((one): one is Poll => one.kind === "poll" && one.entries.length > 0);
      const after = history.operations.filter(
        (one) => !(one.kind === "poll" && one.consumer === last?.consumer && one.after >= last.to),
      );
      return last && { ...history, operations: after.filter((one) => one !== last) };
    },
  },
  {
    name: "a page has another event at a position",
    code: "A6",
    spoil: (history, random) =>
      repaged(history, random, ([first, second, ...rest]) =>
        first && second ? [{ ...first, event: second.event }, second, ...rest] : [],
      ),
  },
  {
    name: "a reader is given an event of a refused append",
    code: "A3",
    spoil: (history, random) => {
      const write = picked(random, appendsOf(history, "fail"))?.writes[0];
      return (
        write &&
        repaged(history, random, ([first, ...rest]) =>
          first ? [{ ...first, event: write.events[0] ?? 0 }, ...rest] : [],
        )
      );
    },
  },
  {
    name: "an event is seen and then lost",
    code: "A1",
    spoil: (history, random) => {
      const entry = picked(random, history.log);
      return (
        entry &&
        withLog(
          history,
          history.log.filter((one) => one !== entry),
        )
      );
    },
  },
];
