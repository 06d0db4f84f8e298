import type pg from "pg";
import { createChunkQueue, type ImportChunk, type ImportTarget } from "@/lib/import/import-chunk";
import type { ImportEvent, RefusedLine } from "@/lib/import/import-event";
import type { PartUnderWay } from "@/lib/import/import-run";
import { knownEvents, refusalOfKnown } from "@/lib/import/known-events";
import { type PreparedLoad, prepareLoad } from "@/lib/import/load-events";
import { LineRefused, parseCloudEvent } from "@/lib/import/parse-cloud-event";
import { sealLoad } from "@/lib/import/seal-load";
import { categoryOf } from "@/lib/kernel/stream-name";

/** What an import is told beside its lines. */
export type ImportContext = {
  /** Stop at the first line that is refused; what stands before it is stored. */
  readonly strict?: boolean | undefined;
  /** The tenant of events that name none. */
  readonly tenant?: string | null | undefined;
  /** Categories that nobody may import into, for example the audit's. */
  readonly closedCategories?: readonly string[] | undefined;
  /** The run that these lines are a part of. */
  readonly part?: PartUnderWay | undefined;
};

/** What became of the lines. Positions are those of the events that this import stored; null when it stored none. */
export type ImportResult = {
  readonly appended: number;
  /** Events that were stored before, or stood in the input before, with the same content. */
  readonly duplicates: number;
  readonly refused: readonly RefusedLine[];
  readonly firstPosition: bigint | null;
  readonly lastPosition: bigint | null;
};

/**
 * Imports lines of CloudEvents 1.0, numbered from 1; empty ones are passed over. The order of the lines is the order of the
 * log, and of the versions within each stream, also beside other importers and appenders. Importing again adds nothing.
 * Chunks are transactions of their own, committed in their order, so that the high-water mark moves while a large import runs.
 * Throws `Unavailable`; what was stored by then stays, and calling again goes on from there.
 */
export async function importBatch(
  target: ImportTarget,
  lines: Iterable<string>,
  context: ImportContext = {},
): Promise<ImportResult> {
  const total = { appended: 0, duplicates: 0, refused: [] as RefusedLine[], first: null, last: null } as Totals;
  const importChunk = createChunkQueue(target);
  const storing: Promise<boolean>[] = [];
  // A strict import must know that a chunk is sound before it begins the next one.
  const atOnce = context.strict ? 1 : 2;
  try {
    for (const chunk of chunksOf(lines, context)) {
      await context.part?.admitted;
      // This chunk was read while the server stored those before it.
      if (storing.length >= atOnce && !(await storing.shift())) break;
      await new Promise<void>((underWay) => {
        const stored = storeChunk({ target, importChunk, context, total }, chunk, underWay).finally(underWay);
        stored.catch(() => undefined);
        storing.push(stored);
      });
    }
    await Promise.all(storing);
  } finally {
    await Promise.allSettled(storing);
  }
  const refused = total.refused.sort((a, b) => a.line - b.line);
  return {
    appended: total.appended,
    duplicates: total.duplicates,
    refused: context.strict ? refused.slice(0, 1) : refused,
    firstPosition: total.first,
    lastPosition: total.last,
  };
}

type Totals = {
  appended: number;
  duplicates: number;
  refused: RefusedLine[];
  first: bigint | null;
  last: bigint | null;
};

type Run = {
  readonly target: ImportTarget;
  readonly importChunk: ImportChunk;
  readonly context: ImportContext;
  readonly total: Totals;
};

/** What one transaction takes: events of different ids; repeats and refusals beside them. */
type Chunk = {
  readonly load: PreparedLoad;
  readonly repeats: ImportEvent[];
  readonly refused: RefusedLine[];
  /** The last line that was read for it. */
  readonly line: number;
};

/** Holds the mark back for well below a second, and the table of locks (a new stream takes one) far from full. */
const CHUNK = { events: 2_500, streams: 1_500, bytes: 4 * 1024 * 1024 };
/** The first chunk is small, so that the server soon has something to do while this process reads on. */
const FIRST_CHUNK_EVENTS = 500;

function* chunksOf(lines: Iterable<string>, context: ImportContext): Generator<Chunk> {
  let byId = new Map<string, ImportEvent>();
  let streams = new Set<string>();
  let refused: RefusedLine[] = [];
  let repeats: ImportEvent[] = [];
  let bytes = 0;
  let line = 0;
  let most = FIRST_CHUNK_EVENTS;
  const taken = (): Chunk => ({ load: prepareLoad([...byId.values()]), repeats, refused, line });
  for (const text of lines) {
    line += 1;
    const found = readLine(text, line, context);
    if (found === undefined) continue;
    const earlier = "id" in found ? byId.get(found.id) : undefined;
    const refusal = "id" in found ? earlier && refusalOfKnown(found, earlier) : found;
    if (refusal) {
      refused.push(refusal);
      if (context.strict) break;
    } else if ("id" in found && earlier) repeats.push(found);
    else if ("id" in found) {
      byId.set(found.id, found);
      streams.add(found.stream);
      bytes += found.bytes.data + found.bytes.metadata;
      if (byId.size < most && streams.size < CHUNK.streams && bytes < CHUNK.bytes) continue;
      yield taken();
      most = CHUNK.events;
      byId = new Map();
      streams = new Set();
      refused = [];
      repeats = [];
      bytes = 0;
    }
  }
  yield taken();
}

function readLine(text: string, line: number, context: ImportContext): ImportEvent | RefusedLine | undefined {
  if (text.trim() === "") return undefined;
  try {
    const event = parseCloudEvent(text, line);
    const category = categoryOf(event.stream);
    if (context.closedCategories?.includes(category)) {
      throw new LineRefused("closed-category", `Streams of the category ${category} are written by Tidemark alone.`);
    }
    return context.tenant != null && event.tenant === null ? { ...event, tenant: context.tenant } : event;
  } catch (error) {
    if (!(error instanceof LineRefused)) throw error;
    return { line, reason: error.reason, message: error.message };
  }
}

/** Answers whether the import may go on; calls `underWay` when the server has work and this process has none. */
async function storeChunk(
  { target, importChunk, context: { strict, part }, total }: Run,
  chunk: Chunk,
  underWay: () => void,
): Promise<boolean> {
  const readable = strict ? await upToReused(target, chunk.load) : chunk.load;
  const { load, refused } = await sealLoad(target, readable, strict ?? false);
  const { events } = load;
  const also =
    part && ((client: pg.PoolClient, positions: readonly bigint[]) => part.stored(client, positions, chunk.line));
  const { places } = await importChunk(load, underWay, also);
  const last =
    strict && events.length < chunk.load.events.length ? (events.at(-1)?.line ?? 0) : Number.POSITIVE_INFINITY;
  const passedOver = events.filter((_, index) => !places[index]);
  const known = await knownEvents(
    target,
    passedOver.map(({ id }) => id),
  );
  for (const event of [...passedOver, ...chunk.repeats.filter(({ line }) => line < last)]) {
    const stored = known.get(event.id);
    const refusal = stored && refusalOfKnown(event, stored);
    if (refusal) total.refused.push(refusal);
    else total.duplicates += 1;
  }
  for (const place of places) {
    if (!place) continue;
    total.appended += 1;
    // A chunk may be counted before the one that it stands after.
    if (total.first === null || place.position < total.first) total.first = place.position;
    if (total.last === null || place.position > total.last) total.last = place.position;
  }
  total.refused.push(...chunk.refused, ...refused);
  return !strict || total.refused.length === 0;
}

/** The events up to the first whose id stands for something else; that one goes along, so that it is reported. */
async function upToReused(target: ImportTarget, load: PreparedLoad): Promise<PreparedLoad> {
  const { events } = load;
  const known = await knownEvents(
    target,
    events.map(({ id }) => id),
  );
  const reused = events.findIndex((event) => {
    const stored = known.get(event.id);
    return stored !== undefined && refusalOfKnown(event, stored) !== undefined;
  });
  return reused === -1 ? load : prepareLoad(events.slice(0, reused + 1));
}
