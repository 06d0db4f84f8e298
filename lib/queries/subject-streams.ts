import { checkPosition } from "@/lib/queries/check-input";
import { readHighWater } from "@/lib/queries/list-events";
import type { QueryContext } from "@/lib/queries/query-context";
import { sealedMarks, sealedPatterns } from "@/lib/shred/find-sealed";

/** A stream in which something is sealed for a person: in how many events, how many values, and the latest of them. */
type SubjectStream = {
  readonly stream: string;
  readonly events: number;
  readonly values: number;
  readonly last: string;
};

/** What one look through the log counted, the stream with the most events first. */
export type SubjectStreams = {
  readonly streams: readonly SubjectStream[];
  /** Down to where the log was looked through, `0` when that is all of it. */
  readonly lookedTo: string;
  readonly highWater: string;
  /** `before` of the next part; null when there is nothing left to look at. */
  readonly next: string | null;
};

/** Positions that one statement looks at; how long one answer goes on, in milliseconds; with how many streams it ends. */
const SPAN = 20_000n;
const LOOK_MS = 400;
const STREAMS_MAX = 200;

/**
 * Counts events that hold something sealed under these keys by stream, backwards from `before` or the high-water mark. Nothing is
 * indexed for it, so one answer counts a bounded part, and says where to go on. Throws `InvalidRequest`.
 */
export async function subjectStreams(
  context: QueryContext,
  keys: readonly string[],
  request: { readonly before?: string | undefined } = {},
): Promise<SubjectStreams> {
  const mark = await readHighWater(context);
  const before = request.before === undefined ? mark + 1n : checkPosition(request.before, "before");
  const begun = performance.now();
  const streams = new Map<string, SubjectStream>();
  let below = before > mark + 1n ? mark + 1n : before;
  while (below > 1n && keys.length > 0) {
    const from = below > SPAN ? below - SPAN : 1n;
    for (const found of await countIn(context, keys, from, below)) {
      const known = streams.get(found.stream);
      streams.set(found.stream, {
        stream: found.stream,
        events: found.events + (known?.events ?? 0),
        values: found.values + (known?.values ?? 0),
        last: known?.last ?? String(found.last),
      });
    }
    below = from;
    if (streams.size >= STREAMS_MAX || performance.now() - begun > LOOK_MS) break;
  }
  const done = below <= 1n || keys.length === 0;
  return {
    streams: [...streams.values()].sort((a, b) => b.events - a.events || (a.stream < b.stream ? -1 : 1)),
    lookedTo: done ? "0" : String(below),
    highWater: String(mark),
    next: done ? null : String(below),
  };
}

async function countIn({ reads }: QueryContext, keys: readonly string[], from: bigint, below: bigint) {
  return reads.query<Omit<SubjectStream, "last"> & { readonly last: bigint }>(
    `select stream, count(*)::int as events, max(position) as last,
            sum((select sum((length(e.text) - length(replace(e.text, mark, ''))) / length(mark))
                   from unnest($4::text[]) mark))::int as values
       from (select stream, position, data::text as text from events
              where position >= $1 and position < $2 and data::text like any ($3::text[])) e
      group by stream`,
    [from, below, sealedPatterns(keys), sealedMarks(keys)],
  );
}
