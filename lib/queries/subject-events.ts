import { checkLimit } from "@/lib/queries/check-input";
import { type LogPart, type LookedBack, lookBack } from "@/lib/queries/look-back";
import type { QueryContext } from "@/lib/queries/query-context";
import { sealedMarks, sealedPatterns } from "@/lib/shred/find-sealed";

/** An event in which something is sealed for a person; `values` says how many. Never a value. */
type SubjectEvent = {
  readonly id: string;
  readonly position: string;
  readonly recordedAt: string;
  readonly stream: string;
  readonly version: number;
  readonly type: string;
  readonly values: number;
};

/** What one look through the log found, the newest first. */
export type SubjectEvents = LookedBack & { readonly events: readonly SubjectEvent[] };

/**
 * Finds events that hold something sealed under these keys, backwards from `before` or the high-water mark, in a bounded part of
 * the log. Throws `InvalidRequest`.
 */
export async function subjectEvents(
  context: QueryContext,
  keys: readonly string[],
  request: { readonly before?: string | undefined; readonly limit?: number | undefined } = {},
): Promise<SubjectEvents> {
  const limit = checkLimit(request.limit);
  const events: SubjectEvent[] = [];
  const looked = await lookBack(context, request.before, async (part) => {
    if (keys.length === 0) return 0n;
    const found = await lookAt(context, keys, { ...part, limit: limit - events.length });
    events.push(...found.map(toEvent));
    return events.length === limit ? found.at(-1)?.position : undefined;
  });
  return { events, ...looked };
}

type Row = Omit<SubjectEvent, "position" | "version"> & { readonly position: bigint; readonly version: bigint };

async function lookAt(
  { reads }: QueryContext,
  keys: readonly string[],
  { from, below, limit }: LogPart & { readonly limit: number },
): Promise<readonly Row[]> {
  // Counted there, so that payloads do not travel.
  return reads.query<Row>(
    `select event_id as id, position, recorded_at as "recordedAt", stream, version, type,
            (select sum((length(e.text) - length(replace(e.text, mark, ''))) / length(mark))::int
               from unnest($5::text[]) mark) as values
       from (select *, data::text as text from events where position >= $1 and position < $2
                and data::text like any ($3::text[]) order by position desc limit $4) e
      order by position desc`,
    [from, below, sealedPatterns(keys), limit, sealedMarks(keys)],
  );
}

function toEvent({ position, version, ...event }: Row): SubjectEvent {
  return { ...event, position: String(position), version: Number(version) };
}
