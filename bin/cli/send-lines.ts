import { type Api, storePath } from "@/bin/cli/api";
import type { Line } from "@/bin/cli/read-lines";

/** A line of the file and its number there. */
export type NumberedLine = Line & { readonly number: number };

/** A line that was not stored. */
type Refused = { readonly line: number; readonly reason: string; readonly message: string };

/** What has become of the lines that were sent so far. */
export type Tally = {
  appended: number;
  duplicates: number;
  readonly refused: Refused[];
  refusedCount: number;
  firstPosition: string | null;
  lastPosition: string | null;
  /** The last line that was settled. */
  line: number;
  /** How many lines have been read, and how many of them settled. */
  read: number;
  settled: number;
};

/** How lines are sent. `onProgress` is called after each part; `stopped` asks for an end after the part under way. */
export type Sending = {
  readonly strict: boolean;
  readonly tenant: string | undefined;
  readonly onProgress: () => void;
  readonly onRefused: (refused: Refused) => void;
  readonly stopped: () => boolean;
};

const PART = { lines: 8_000, bytes: 4 * 1024 * 1024 - 64 * 1024 };
/** The first part is small: whoever waits sees soon that something happens. */
const FIRST_PART_LINES = 1_000;

/**
 * Sends lines in parts, one after another and in their order; the next part is read while one is being stored. A part that
 * could not be sent may be sent again: what is stored is not stored twice. Ends early when asked to, and in strict mode
 * after a refusal. Throws what the API answers.
 */
export async function sendLines(
  api: Api,
  lines: AsyncIterable<readonly NumberedLine[]>,
  tally: Tally,
  sending: Sending,
): Promise<void> {
  let underWay: Promise<boolean> = Promise.resolve(true);
  for await (const part of parts(lines, tally)) {
    if (!(await underWay) || sending.stopped()) return;
    underWay = sendPart(api, part, tally, sending);
    underWay.catch(() => undefined);
  }
  await underWay;
}

async function* parts(
  lines: AsyncIterable<readonly NumberedLine[]>,
  tally: Tally,
): AsyncGenerator<readonly NumberedLine[]> {
  let most = FIRST_PART_LINES;
  let part: NumberedLine[] = [];
  let bytes = 0;
  for await (const some of lines) {
    for (const line of some) {
      const size = Buffer.byteLength(line.text) + 1;
      if (part.length > 0 && (part.length >= most || bytes + size > PART.bytes)) {
        yield part;
        most = PART.lines;
        part = [];
        bytes = 0;
      }
      part.push(line);
      bytes += size;
      tally.read += 1;
    }
  }
  if (part.length > 0) yield part;
}

async function sendPart(api: Api, part: readonly NumberedLine[], tally: Tally, sending: Sending): Promise<boolean> {
  // In strict mode nothing after a line that cannot even be sent may be stored.
  const tooLong = part.findIndex((line) => line.tooLong);
  const sent = sending.strict && tooLong !== -1 ? part.slice(0, tooLong) : part;
  const answer = await api.ask({
    method: "POST",
    path: storePath("import"),
    query: { strict: sending.strict ? "true" : undefined, tenant: sending.tenant },
    contentType: "application/x-ndjson",
    body: sent.map((line) => line.text).join("\n"),
  });
  const result = answer.json() as {
    appended: number;
    duplicates: number;
    refused: readonly Refused[];
    firstPosition: string | null;
    lastPosition: string | null;
  };
  tally.appended += result.appended;
  tally.duplicates += result.duplicates;
  tally.firstPosition ??= result.firstPosition;
  tally.lastPosition = result.lastPosition ?? tally.lastPosition;
  const refused = [
    ...result.refused.map((one) => ({ ...one, line: part[one.line - 1]?.number ?? one.line })),
    ...part.filter((line) => line.tooLong).map(({ number }) => ({ line: number, ...TOO_LONG })),
  ].sort((a, b) => a.line - b.line);
  for (const one of sending.strict ? refused.slice(0, 1) : refused) {
    tally.refusedCount += 1;
    // A file of the wrong kind is refused line by line; nobody reads a million of them.
    if (tally.refused.length < REFUSED_KEPT) tally.refused.push(one);
    sending.onRefused(one);
  }
  const stop = sending.strict && refused.length > 0;
  tally.line = stop ? (refused[0]?.line ?? tally.line) : (part.at(-1)?.number ?? tally.line);
  tally.settled += part.length;
  sending.onProgress();
  return !stop;
}

const REFUSED_KEPT = 10_000;
const TOO_LONG = { reason: "too-large", message: "The line is longer than any event may be." };
