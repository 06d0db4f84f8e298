import { createHash, type Hash } from "node:crypto";
import type { Api } from "@/bin/cli/api";
import {
  beginImportRun,
  type ImportAbout,
  type ImportRun,
  type Patience,
  type RefusedLine,
  rest,
} from "@/bin/cli/import-run";
import type { Line } from "@/bin/cli/read-lines";
import { limits } from "@/lib/kernel/limits";

/** A line of the file and its number there. */
export type NumberedLine = Line & { readonly number: number };

/** What has become of the lines that were sent so far. */
export type Tally = {
  /** The run; null before the first line was read. */
  run: string | null;
  appended: number;
  /** There before, in earlier sittings of this run as well. */
  duplicates: number;
  readonly refused: RefusedLine[];
  refusedCount: number;
  firstPosition: string | null;
  lastPosition: string | null;
  /** The number of the last line that was settled. */
  line: number;
  /** How many lines have been read, how many of them settled, and how many of these in an earlier sitting. */
  read: number;
  settled: number;
  skipped: number;
};

/** How lines are sent. `onProgress` is called after each part; an abort of `signal` asks for an end after the part under way. */
export type Sending = Patience & {
  readonly about: ImportAbout;
  readonly strict: boolean;
  /** Lines of the whole file, as far as it was read; undefined where nobody can know. */
  readonly total: () => number | undefined;
  readonly onProgress: () => void;
  readonly onRefused: (refused: RefusedLine) => void;
  /** Called once when a run goes on that was begun before. */
  readonly onGoingOn: (run: ImportRun) => void;
};

/** The file begins otherwise than the one that was sent before under the same run. */
export class OtherBeginning extends Error {}

/**
 * Sends lines as one run, in parts, one after another and in their order; the next part is read while one is being stored.
 * Lines that an earlier sitting has settled are passed over. Ends early when asked to, and in strict mode after a refusal;
 * the run then waits for the rest, or has failed. Throws `OtherBeginning`, and what the API answers.
 */
export async function sendLines(
  api: Api,
  lines: AsyncIterable<readonly NumberedLine[]>,
  tally: Tally,
  sending: Sending,
): Promise<void> {
  let sender: Sender | undefined;
  let underWay: Promise<boolean> = Promise.resolve(true);
  let whole = true;
  try {
    for await (const part of parts(lines, tally)) {
      whole = (await underWay) && !sending.signal.aborted;
      if (!whole) break;
      sender ??= await beginSender(api, part, tally, sending);
      underWay = sender.take(part);
      underWay.catch(() => undefined);
    }
    whole = (await underWay) && whole;
    await sender?.end(whole);
  } catch (error) {
    await sender?.leave();
    throw error;
  }
}

/** Between two parts the server has less to do than it could, so they are as large as it takes them. */
const PART = { lines: 16_000, bytes: limits.requestBytes - 64 * 1024, tooLong: 1_000 };
/** The first part is small: whoever waits sees soon that something happens. */
const FIRST_PART_LINES = 1_000;

async function* parts(
  lines: AsyncIterable<readonly NumberedLine[]>,
  tally: Tally,
): AsyncGenerator<readonly NumberedLine[]> {
  let most = FIRST_PART_LINES;
  let part: NumberedLine[] = [];
  let bytes = 0;
  let tooLong = 0;
  for await (const some of lines) {
    for (const line of some) {
      const size = Buffer.byteLength(line.text) + 1;
      if (part.length > 0 && (part.length >= most || bytes + size > PART.bytes || tooLong >= PART.tooLong)) {
        yield part;
        most = PART.lines;
        part = [];
        bytes = 0;
        tooLong = 0;
      }
      part.push(line);
      bytes += size;
      if (line.tooLong) tooLong += 1;
      tally.read += 1;
    }
  }
  if (part.length > 0) yield part;
}

type Sender = {
  /** Settles a part; answers whether more may be sent. */
  readonly take: (part: readonly NumberedLine[]) => Promise<boolean>;
  readonly end: (whole: boolean) => Promise<void>;
  /** Leaves the run as it is after a fault, as far as anybody listens. */
  readonly leave: () => Promise<void>;
};

async function beginSender(api: Api, first: readonly NumberedLine[], tally: Tally, sending: Sending): Promise<Sender> {
  const run = await beginImportRun(api, sending.about, textOf(first), sending);
  const { begun } = run;
  tally.run = run.id;
  tally.duplicates += begun.lines - begun.blank - begun.refused;
  const before = begun.refused > 0 ? await run.refusedBefore() : [];
  if (begun.lines > 0) sending.onGoingOn(run);
  let hash = createHash("sha256");
  let at = 0;
  let failed = false;

  const pass = (part: readonly NumberedLine[]): void => {
    hash.update(textOf(part));
    for (const one of before) {
      const line = part[one.line - 1 - at]?.number;
      if (line !== undefined) noteRefused({ ...one, line }, tally, sending);
    }
    at += part.length;
    note(part, tally);
    tally.skipped += part.length;
    sending.onProgress();
    if (at === begun.lines && hash.copy().digest("hex") !== begun.digest) throw new OtherBeginning();
  };

  const send = async (part: readonly NumberedLine[]): Promise<boolean> => {
    const next = hash.copy().update(textOf(part));
    const answer = await run.send(at, requestOf(part, next, sending));
    tally.appended += answer.appended;
    tally.duplicates += answer.duplicates;
    tally.firstPosition ??= answer.firstPosition;
    tally.lastPosition = answer.lastPosition ?? tally.lastPosition;
    const refused = refusedIn(part, answer.refused);
    for (const one of sending.strict ? refused.slice(0, 1) : refused) noteRefused(one, tally, sending);
    failed = sending.strict && refused.length > 0;
    hash = next;
    at += part.length;
    note(failed ? part.filter(({ number }) => number <= (refused[0]?.line ?? 0)) : part, tally);
    sending.onProgress();
    return !failed;
  };

  return {
    take: async (part) => {
      const known = Math.min(part.length, Math.max(0, begun.lines - at));
      if (known > 0) pass(part.slice(0, known));
      for (let from = known; from < part.length; ) {
        if (sending.signal.aborted) return false;
        const started = performance.now();
        const slice = sliceOf(part, from, sending.strict, run.throttle());
        if (!(await send(slice))) return false;
        from += slice.length;
        const limit = run.throttle();
        if (limit !== null) await rest((slice.length / limit) * 1_000 - (performance.now() - started), sending.signal);
      }
      return true;
    },
    end: async (whole) => {
      if (failed) return;
      if (whole && at < begun.lines) throw new OtherBeginning();
      await (whole ? run.finish(at) : run.leave(at));
    },
    leave: () => run.leave(at),
  };
}

/** What is sent at once: the part, or under a throttle about a second's worth; strictly, nothing after a line too long. */
function sliceOf(
  part: readonly NumberedLine[],
  from: number,
  strict: boolean,
  throttle: number | null,
): readonly NumberedLine[] {
  const most = throttle === null ? part.length : Math.max(1, Math.ceil(throttle));
  const slice = part.slice(from, from + most);
  const tooLong = strict ? slice.findIndex((line) => line.tooLong) : -1;
  return tooLong === -1 ? slice : slice.slice(0, tooLong + 1);
}

function requestOf(part: readonly NumberedLine[], hash: Hash, { strict, total }: Sending) {
  const tooLong = part.flatMap((line, index) => (line.tooLong ? [index + 1] : []));
  const query = {
    strict: strict ? "true" : undefined,
    digest: hash.copy().digest("hex"),
    total: total(),
    tooLong: tooLong.length > 0 ? tooLong.join(",") : undefined,
  };
  return { body: part.map(({ text }) => text).join("\n"), query };
}

/** Lines as they are hashed: each with its line break. */
function textOf(part: readonly NumberedLine[]): string {
  return `${part.map(({ text }) => text).join("\n")}\n`;
}

function refusedIn(part: readonly NumberedLine[], refused: readonly RefusedLine[]): readonly RefusedLine[] {
  return [
    ...refused.map((one) => ({ ...one, line: part[one.line - 1]?.number ?? one.line })),
    ...part.filter((line) => line.tooLong).map(({ number }) => ({ line: number, ...TOO_LONG })),
  ].sort((a, b) => a.line - b.line);
}

function noteRefused(one: RefusedLine, tally: Tally, { onRefused }: Sending): void {
  tally.refusedCount += 1;
  // A file of the wrong kind is refused line by line; nobody reads a million of them.
  if (tally.refused.length < REFUSED_KEPT) tally.refused.push(one);
  onRefused(one);
}

function note(part: readonly NumberedLine[], tally: Tally): void {
  tally.line = part.at(-1)?.number ?? tally.line;
  tally.settled += part.length;
}

const REFUSED_KEPT = 10_000;
const TOO_LONG = { reason: "too-large", message: "The line is longer than any event may be." };
