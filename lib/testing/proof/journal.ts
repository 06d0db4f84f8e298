import fs from "node:fs";
import type { WriteResult } from "@/lib/event-store/recorded-event";
import type { Operation, Write } from "@/lib/testing/proof/history/history";
import { eventNumber } from "@/lib/testing/proof/numbers";
import { type PlannedWrite, writesFrom } from "@/lib/testing/proof/workload";

/** A line of a writer's journal. What is sent is noted before it is sent, so that a killed writer has said what it tried. */
type Line =
  | { readonly sent: number; readonly writes: readonly PlannedWrite[]; readonly at: number }
  | {
      readonly ended: number;
      readonly ok: boolean | null;
      readonly at: number;
      readonly to: number;
      readonly places?: readonly Place[];
    }
  | { readonly seen: readonly (readonly [stream: string, version: number])[]; readonly at: number; readonly to: number }
  | ImportLine;
type ImportLine = {
  readonly imported: number;
  readonly count: number;
  readonly stream: string;
  readonly done: boolean;
  readonly at: number;
};
type Place = readonly [version: number, first: number, last: number];

/** What a writer's earlier lives left in its journal. */
export type JournalState = {
  /** Sent, and never answered. */
  readonly open: ReadonlyMap<number, readonly PlannedWrite[]>;
  readonly openImports: ReadonlyMap<number, { readonly count: number; readonly stream: string }>;
  readonly nextAppend: number;
};

/** A journal that survives SIGKILL: each line is with the operating system before the next step is taken. */
export function openJournal(file: string) {
  const handle = fs.openSync(file, "a");
  const write = (line: Line) => fs.writeSync(handle, `${JSON.stringify(line)}\n`);
  return {
    sent: (append: number, writes: readonly PlannedWrite[], at: number) => write({ sent: append, writes, at }),
    ended(append: number, ok: boolean | null, at: number, to: number, results?: readonly WriteResult[]) {
      const places = results?.map(
        ({ fromVersion, firstPosition, lastPosition }): Place => [
          fromVersion,
          Number(firstPosition),
          Number(lastPosition),
        ],
      );
      write({ ended: append, ok, at, to, ...(places ? { places } : {}) });
    },
    seen: (versions: readonly (readonly [string, number])[], at: number, to: number) =>
      write({ seen: versions, at, to }),
    imported: (first: number, count: number, stream: string, done: boolean, at: number) =>
      write({ imported: first, count, stream, done, at }),
    close: () => fs.closeSync(handle),
  };
}

/** What is left to do for a new life of this writer; `first` is the first append of its numbers. */
export function readJournalState(file: string, first: number): JournalState {
  const open = new Map<number, readonly PlannedWrite[]>();
  const openImports = new Map<number, { count: number; stream: string }>();
  let nextAppend = first;
  for (const line of linesOf(file)) {
    if ("sent" in line) {
      open.set(line.sent, line.writes);
      nextAppend = Math.max(nextAppend, line.sent + 1);
    } else if ("ended" in line) open.delete(line.ended);
    else if ("imported" in line) {
      nextAppend = Math.max(nextAppend, line.imported + line.count);
      if (line.done) openImports.delete(line.imported);
      else openImports.set(line.imported, { count: line.count, stream: line.stream });
    }
  }
  return { open, openImports, nextAppend };
}

/** The operations that a journal tells of, in its order. Appends that were never answered are `info`. */
export function readOperations(file: string, process: string): Operation[] {
  const planned = new Map<number, Write[]>();
  const open = new Map<string, { readonly append: number; readonly at: number }>();
  const operations: Operation[] = [];
  for (const line of linesOf(file)) {
    if ("sent" in line) {
      if (!planned.has(line.sent)) planned.set(line.sent, writesFrom(line.sent, line.writes));
      open.set(`${line.sent} at ${line.at}`, { append: line.sent, at: line.at });
    } else if ("ended" in line) {
      const writes = answered(planned.get(line.ended) ?? [], line.places);
      const outcome = line.ok === null ? "info" : line.ok ? "ok" : "fail";
      operations.push({ kind: "append", outcome, process, start: line.at, end: line.to, append: line.ended, writes });
      open.delete(`${line.ended} at ${line.at}`);
    } else if ("seen" in line) {
      const seen = line.seen.map(([stream, version]) => ({ stream, version }));
      operations.push({ kind: "read", process, start: line.at, end: line.to, seen });
    } else operations.push(...importedOperations(line, process));
  }
  // A try that its process did not live to see the end of.
  for (const { append, at } of open.values()) {
    const end = Number.POSITIVE_INFINITY;
    operations.push({
      kind: "append",
      outcome: "info",
      process,
      start: at,
      end,
      append,
      writes: planned.get(append) ?? [],
    });
  }
  return operations;
}

/** Each event of an import is an append of its own: an import may end anywhere. */
function importedOperations(line: ImportLine, process: string): Operation[] {
  const { imported, count, stream, done, at } = line;
  return Array.from({ length: count }, (_, index): Operation => {
    const append = imported + index;
    const writes: Write[] = [
      { stream: streamOfImport(stream, index), expected: "any", events: [eventNumber(append, 0)] },
    ];
    return { kind: "append", outcome: done ? "ok" : "info", process, start: at, end: at, append, writes };
  });
}

/** The stream of an imported line: a few lines each. */
export function streamOfImport(stream: string, index: number): string {
  return `${stream}${index % 50}`;
}

function answered(writes: readonly Write[], places: readonly Place[] | undefined): Write[] {
  return writes.map((write, index) => {
    const place = places?.[index];
    return place ? { ...write, answer: { version: place[0], first: place[1], last: place[2] } } : write;
  });
}

/** The whole lines; the last one may have been cut by a kill. */
function* linesOf(file: string): Generator<Line> {
  if (!fs.existsSync(file)) return;
  for (const text of fs.readFileSync(file, "utf8").split("\n")) {
    if (text.endsWith("}")) yield JSON.parse(text) as Line;
  }
}
