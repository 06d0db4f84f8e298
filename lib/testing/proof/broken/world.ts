import type { LogEntry } from "@/lib/testing/proof/history/history";
import type { Random } from "@/lib/testing/proof/random";

/** An event as this small database has it: with the number of the transaction that stored it. */
export type Stored = LogEntry & { readonly xid: number };

/** A transaction under way. `floor` is what it promised not to draw at or below. */
export type Transaction = {
  readonly xid: number;
  floor: number | undefined;
  readonly entries: Stored[];
  dead: boolean;
};

/**
 * A database in memory, with what matters to a log: transaction numbers, a sequence, locks of streams, commits that become
 * visible at once, crashes. Processes are generators; whoever yields lets others run, in an order that a seed draws.
 */
export type World = {
  readonly random: Random;
  readonly now: () => number;
  readonly begin: () => Transaction;
  /** Whether it was committed: a crash may have ended it before. */
  readonly commit: (transaction: Transaction) => boolean;
  readonly abort: (transaction: Transaction) => void;
  /** Takes the lock of a stream until the transaction ends; false when another one has it. */
  readonly lock: (transaction: Transaction, stream: string) => boolean;
  readonly draw: () => number;
  readonly lastDrawn: () => number;
  readonly versionOf: (stream: string) => number;
  readonly find: (event: number) => Stored | undefined;
  /** What a statement that begins now sees. */
  readonly committed: () => readonly Stored[];
  readonly active: () => Iterable<Transaction>;
  /** The server dies and comes back. Without `durable`, commits since the last flush are gone and positions are drawn again. */
  readonly crash: () => void;
  readonly flush: () => void;
  readonly run: (processes: readonly Generator<void, void>[]) => void;
};

/** Makes an empty one. `durable`: a commit is on disk before it is answered. */
export function createWorld(random: Random, durable: boolean): World {
  let time = 0;
  let xid = 0;
  let sequence = 0;
  let log: Stored[] = [];
  let onDisk = { events: 0, sequence: 0 };
  const active = new Set<Transaction>();
  const locks = new Map<string, Transaction>();
  const end = (transaction: Transaction) => {
    active.delete(transaction);
    for (const [stream, holder] of locks) if (holder === transaction) locks.delete(stream);
  };
  return {
    random,
    now: () => time,
    begin() {
      const transaction = { xid: ++xid, floor: undefined, entries: [], dead: false };
      active.add(transaction);
      return transaction;
    },
    commit(transaction) {
      if (transaction.dead) return false;
      log.push(...transaction.entries);
      end(transaction);
      if (durable) onDisk = { events: log.length, sequence };
      return true;
    },
    abort: end,
    lock(transaction, stream) {
      const holder = locks.get(stream);
      if (holder === undefined) locks.set(stream, transaction);
      return holder === undefined || holder === transaction;
    },
    draw: () => ++sequence,
    lastDrawn: () => sequence,
    versionOf: (stream) =>
      log.reduce((version, entry) => (entry.stream === stream ? Math.max(version, entry.version) : version), 0),
    find: (event) => log.find((entry) => entry.event === event),
    committed: () => log,
    active: () => active,
    crash() {
      for (const transaction of active) {
        transaction.dead = true;
        end(transaction);
      }
      log = log.slice(0, onDisk.events);
      // A sequence may leave numbers out after a crash; it gives none out twice that a durable commit has used.
      sequence = durable ? sequence + random.whole(0, 3) : onDisk.sequence;
    },
    flush() {
      onDisk = { events: log.length, sequence };
    },
    run(processes) {
      const alive = [...processes];
      while (alive.length > 0) {
        time += 1;
        const index = random.whole(0, alive.length - 1);
        if (alive[index]?.next().done) alive.splice(index, 1);
      }
    },
  };
}
