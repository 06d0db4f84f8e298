import type pg from "pg";
import type { SealedEvent } from "@/lib/privacy/keys-at-hand";

/** An event in which something is sealed under the keys that were looked for. */
export type FoundEvent = SealedEvent & { readonly position: bigint };

/** Positions that one step looks at: about 50 ms. */
const SPAN = 20_000n;

/** Where a search goes: positions above `after`, up to and with `upTo`; only these types where they are given. */
export type SearchSpan = {
  readonly after: bigint;
  readonly upTo: bigint;
  readonly types?: readonly string[] | undefined;
};

/**
 * One bounded step of a search for events that hold something sealed under these keys. Resolves with what it found and the
 * position up to which it looked; that is `upTo` at the end. Nothing is indexed for it: a shred is rare, an append is not.
 */
export async function findSealed(
  client: pg.Pool | pg.PoolClient,
  keys: readonly string[],
  { after, upTo, types }: SearchSpan,
): Promise<{ readonly events: readonly FoundEvent[]; readonly looked: bigint }> {
  const looked = after + SPAN < upTo ? after + SPAN : upTo;
  const { rows } = await client.query<FoundEvent>(
    `select position, event_id as id, stream, type, tenant, data::text as data from events
      where position > $1 and position <= $2 and ($4::text[] is null or type = any ($4))
        and data::text like any ($3::text[]) order by position`,
    [after, looked, sealedPatterns(keys), types ?? null],
  );
  return { events: rows, looked };
}

/** What `like any` finds in the stored text of events that hold something sealed under one of these keys. */
export function sealedPatterns(keys: readonly string[]): readonly string[] {
  return sealedMarks(keys).map((mark) => `%${mark}%`);
}

/** How a value that is sealed under each of these keys begins. */
export function sealedMarks(keys: readonly string[]): readonly string[] {
  return keys.map((key) => `"$sealed":{"key":"${key}"`);
}

/** How many values of an event are sealed under these keys. */
export function countSealed({ data }: FoundEvent, keys: readonly string[]): number {
  return sealedMarks(keys).reduce((sum, mark) => sum + data.split(mark).length - 1, 0);
}
