import { type LogPart, type LookedBack, lookBack } from "@/lib/queries/look-back";
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
export type SubjectStreams = LookedBack & { readonly streams: readonly SubjectStream[] };

/** With how many streams an answer ends. */
const STREAMS_MAX = 200;

/**
 * Counts events that hold something sealed under these keys by stream, backwards from `before` or the high-water mark, in a bounded
 * part of the log. Throws `InvalidRequest`.
 */
export async function subjectStreams(
  context: QueryContext,
  keys: readonly string[],
  request: { readonly before?: string | undefined } = {},
): Promise<SubjectStreams> {
  const streams = new Map<string, SubjectStream>();
  const looked = await lookBack(context, request.before, async (part) => {
    if (keys.length === 0) return 0n;
    for (const found of await countIn(context, keys, part)) {
      const known = streams.get(found.stream);
      streams.set(found.stream, {
        stream: found.stream,
        events: found.events + (known?.events ?? 0),
        values: found.values + (known?.values ?? 0),
        last: known?.last ?? String(found.last),
      });
    }
    return streams.size >= STREAMS_MAX ? part.from : undefined;
  });
  return {
    streams: [...streams.values()].sort((a, b) => b.events - a.events || (a.stream < b.stream ? -1 : 1)),
    ...looked,
  };
}

async function countIn({ reads }: QueryContext, keys: readonly string[], { from, below }: LogPart) {
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
