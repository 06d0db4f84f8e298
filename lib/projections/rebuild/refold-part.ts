import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { sqlState } from "@/lib/db/unavailable";
import { foldEvents } from "@/lib/projections/fold-batch";
import { createFoldTable } from "@/lib/projections/fold-table";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { readModelTable } from "@/lib/projections/read-model-table";
import { copyPart, type Part, partTable } from "@/lib/projections/rebuild/copy-part";
import { readStreams, type StreamPlace, type StreamUntil } from "@/lib/projections/rebuild/read-streams";
import type { RebuildScope } from "@/lib/projections/rebuild/rebuild-scope";
import { noteReplayed, type ReplayTarget, replayLost, seizeGeneration } from "@/lib/projections/rebuild/replay-writer";
import { writeRows } from "@/lib/projections/rebuild/write-rows";
import type { FoldedRow } from "@/lib/projections/row-cache";
import { createPartitionsAt } from "@/lib/subscriptions/generations";

/** The rebuild of a part. */
export type PartReplay = ReplayTarget & {
  readonly scope: RebuildScope;
  /** Aborted to pause: what is written stays, and the next call goes on from there. */
  readonly signal?: AbortSignal;
  /** Called with how far it is and the events read since the last call. */
  readonly onProgress?: (part: Part, events: number) => void | Promise<void>;
  /** Called when more was committed. */
  readonly onWritten?: () => Promise<void>;
};

/** Streams and events that are folded before they are written, so that memory and what a crash costs are bounded. */
const STREAMS = 500;
const EVENTS = 20_000;
const PAGE = 10_000;
/** The list of streams goes with the last step, or when the generation is retired. */
const NO_TABLE = "42P01";

/**
 * Rebuilds a part of a read model whose rows are one a stream: copies the rows of the other streams (`copyPart`), folds
 * each stream of the part from its first event up to where the generation that serves had come, and leaves the partitions
 * to the workers from there. Every write is fenced by the generation's epoch: killed at any line, it goes on from what it
 * wrote last. Resolves with whether it is done. Throws `EventFailed` at an event that cannot be applied.
 */
export async function refoldPart(replay: PartReplay): Promise<boolean> {
  const { pool, projection, generation, scope, signal } = replay;
  const seized = await seizeGeneration(replay);
  const model = readModelTable(projection, seized.schema, generation);
  const table = createFoldTable(model.table, model);
  let part = seized.replayed === null ? await copyPart(replay, scope, seized) : (JSON.parse(seized.replayed) as Part);
  await replay.onProgress?.(part, 0);
  if (seized.replayed === null) await replay.onWritten?.();
  while (!part.done) {
    if (signal?.aborted) return false;
    const streams = await nextStreams(pool, partTable(model), part).catch((error: unknown) => {
      throw sqlState(error) === NO_TABLE ? replayLost(projection.name, generation) : error;
    });
    const { rows, events } = await foldStreams(replay, streams);
    const next: Part = {
      ...part,
      after: streams.at(-1)?.stream ?? part.after,
      refolded: part.refolded + streams.length,
      done: streams.length === 0,
    };
    await inTransaction(pool, async (client) => {
      await noteReplayed(client, projection.name, generation, seized.epoch, next);
      await writeRows(client, table, rows);
      if (!next.done) return;
      await client.query(`drop table ${partTable(model)}`);
      await client.query(`analyze ${model.table}`);
      const ranges = part.ranges.map(({ from, to, checkpoint }) => ({
        ...{ sliceFrom: from, sliceTo: to, checkpoint: BigInt(checkpoint) },
      }));
      await createPartitionsAt(client, { consumer: projection.name, generation }, ranges);
    });
    part = next;
    await replay.onProgress?.(part, events);
    await replay.onWritten?.();
  }
  return true;
}

/** The next streams of the part, so many that their events make one write; at least one, however long it is. */
async function nextStreams(pool: pg.Pool, table: string, { after, ranges }: Part): Promise<readonly StreamUntil[]> {
  const { rows } = await pool.query<{ stream: string; slice: number; before: number }>(
    `select p.stream, s.slice, (sum(s.version) over (order by p.stream) - s.version)::float8 as before
       from (select stream from ${table} where stream > $1 order by stream limit $2) p join streams s on s.stream = p.stream
      order by p.stream`,
    [after, STREAMS],
  );
  return rows
    .filter(({ before }, index) => index === 0 || before < EVENTS)
    .map(({ stream, slice }) => {
      const range = ranges.find(({ from, to }) => from <= slice && slice < to);
      return { stream, until: BigInt(range?.checkpoint ?? 0) };
    });
}

/** Each stream from its first event, page by page; what it comes to is its row. */
async function foldStreams({ pool, projection, catalog }: PartReplay, streams: readonly StreamUntil[]) {
  const rows = new Map<string, FoldedRow>();
  const { types } = consumerFacts(projection, catalog);
  const atHand = { complete: true, known: () => undefined, load: async () => new Map<string, FoldedRow>() };
  let events = 0;
  let after: StreamPlace | null = null;
  while (streams.length > 0) {
    const page = await readStreams(pool, streams, types, after, PAGE);
    await foldEvents(projection, catalog, page, atHand, rows);
    events += page.length;
    const last = page.at(-1);
    if (!last || page.length < PAGE) break;
    after = { stream: last.stream, version: last.version };
  }
  return { rows, events };
}
