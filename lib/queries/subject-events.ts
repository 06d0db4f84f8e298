import { checkLimit, checkPosition } from "@/lib/queries/check-input";
import { readHighWater } from "@/lib/queries/list-events";
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
export type SubjectEvents = {
  readonly events: readonly SubjectEvent[];
  /** Down to where the log was looked through, `0` when that is all of it. */
  readonly lookedTo: string;
  readonly highWater: string;
  /** `before` of the next page; null when there is nothing left to look at. */
  readonly next: string | null;
};

/** Positions that one statement looks at, and how long one answer goes on, in milliseconds. */
const SPAN = 20_000n;
const LOOK_MS = 400;

/**
 * Finds events that hold something sealed under these keys, backwards from `before` or the high-water mark. Nothing is indexed for
 * it, so one answer looks at a bounded part, and says where to go on. Throws `InvalidRequest`.
 */
export async function subjectEvents(
  context: QueryContext,
  keys: readonly string[],
  request: { readonly before?: string | undefined; readonly limit?: number | undefined } = {},
): Promise<SubjectEvents> {
  const limit = checkLimit(request.limit);
  const mark = await readHighWater(context);
  const before = request.before === undefined ? mark + 1n : checkPosition(request.before, "before");
  const begun = performance.now();
  const events: SubjectEvent[] = [];
  let below = before > mark + 1n ? mark + 1n : before;
  while (below > 1n && keys.length > 0) {
    const from = below > SPAN ? below - SPAN : 1n;
    const found = await lookAt(context, keys, { from, below, limit: limit - events.length });
    events.push(...found.map(toEvent));
    below = events.length === limit ? BigInt(events.at(-1)?.position ?? from) : from;
    if (events.length === limit || performance.now() - begun > LOOK_MS) break;
  }
  const done = below <= 1n || keys.length === 0;
  return {
    events,
    lookedTo: done ? "0" : String(below),
    highWater: String(mark),
    next: done ? null : String(below),
  };
}

type Row = Omit<SubjectEvent, "position" | "version"> & { readonly position: bigint; readonly version: bigint };

async function lookAt(
  { reads }: QueryContext,
  keys: readonly string[],
  { from, below, limit }: { readonly from: bigint; readonly below: bigint; readonly limit: number },
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
