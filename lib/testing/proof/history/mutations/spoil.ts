import type { AnomalyCode } from "@/lib/testing/proof/history/anomalies";
import type {
  AppendOperation,
  CheckpointSeen,
  History,
  LogEntry,
  Operation,
  Poll,
  Read,
} from "@/lib/testing/proof/history/history";
import type { Random } from "@/lib/testing/proof/random";

/** A way to spoil a good history, and an anomaly that must then be found. Undefined where the history has no place for it. */
export type Mutation = {
  readonly name: string;
  readonly code: AnomalyCode;
  readonly spoil: (history: History, random: Random) => History | undefined;
};

/** The tries of appends that ended in one way. */
export const appendsOf = (history: History, outcome: AppendOperation["outcome"]) =>
  history.operations.filter((one): one is AppendOperation => one.kind === "append" && one.outcome === outcome);
/** Polls that brought several events. */
export const pollsOf = (history: History) =>
  history.operations.filter((one): one is Poll => one.kind === "poll" && one.entries.length > 2);
/** Every consistent read. */
export const readsOf = (history: History) => history.operations.filter((one): one is Read => one.kind === "read");
/** Every sight of a checkpoint that has moved. */
export const checkpointsOf = (history: History) =>
  history.operations.filter((one): one is CheckpointSeen => one.kind === "checkpoint" && one.position > 0);

/** The history with one operation replaced by none or several. */
export const swapped = (history: History, old: Operation, ...now: Operation[]): History => ({
  ...history,
  operations: history.operations.flatMap((one) => (one === old ? now : [one])),
});
/** The history with another log. */
export const withLog = (history: History, log: readonly LogEntry[]): History => ({ ...history, log });

/** One of them, or undefined where there is none. */
export function picked<T>(random: Random, items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : random.pick(items);
}

/** An acknowledged append and its entries, in the order of the log. */
export function stored(history: History, random: Random, fits: (append: AppendOperation) => boolean = () => true) {
  const append = picked(random, appendsOf(history, "ok").filter(fits));
  if (!append) return undefined;
  const events = new Set(append.writes.flatMap((write) => write.events));
  return { append, events, entries: history.log.filter(({ event }) => events.has(event)) };
}

/** The log with one more event at its end. */
export function extended(history: History, stream: string, event: number): History {
  const version = history.log.findLast((entry) => entry.stream === stream)?.version ?? 0;
  const position = (history.log.at(-1)?.position ?? 0) + 1;
  return withLog(history, [...history.log, { position, stream, version: version + 1, event }]);
}

/** A poll whose entries are changed, in the history. */
export function repaged(
  history: History,
  random: Random,
  change: (entries: LogEntry[]) => LogEntry[],
): History | undefined {
  const poll = picked(random, pollsOf(history));
  return poll && swapped(history, poll, { ...poll, entries: change([...poll.entries]) });
}

/** A neighbouring pair of one stream's versions in the log, of two different appends when asked for. */
export function neighbours(history: History, random: Random): [LogEntry, LogEntry] | undefined {
  const first = picked(
    random,
    history.log.filter((entry) => follower(history, entry) !== undefined),
  );
  const second = first && follower(history, first);
  return first && second ? [first, second] : undefined;
}

function follower(history: History, { stream, version }: LogEntry): LogEntry | undefined {
  return history.log.find((entry) => entry.stream === stream && entry.version === version + 1);
}
