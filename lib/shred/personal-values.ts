import type pg from "pg";
import type { KeyStore } from "@/lib/keys/key-store";
import { bringKeys } from "@/lib/privacy/keys-at-hand";
import { personSealedUnder, valuesSealedUnder } from "@/lib/privacy/open-payload";
import { findSealed, type SearchSpan } from "@/lib/shred/find-sealed";

/**
 * What is searched for in other places: texts of a person and their id, kept in memory only. `all` is false when there were more
 * texts, or none that can be searched for; then not finding them proves nothing.
 */
export type PersonalTexts = {
  readonly texts: readonly string[];
  readonly all: boolean;
  readonly id: string | undefined;
};

const TEXTS_MAX = 50;
/** Shorter ones are found everywhere. */
const LENGTH_MIN = 4;

/** Opens what is sealed under these keys while they live, and gathers its texts. `rest` is called after each part of the log. */
export async function gatherTexts(
  pool: pg.Pool,
  keys: KeyStore,
  ids: readonly string[],
  span: SearchSpan,
  rest: () => Promise<void> = async () => undefined,
): Promise<PersonalTexts> {
  let id: string | undefined;
  const texts = new Set<string>();
  const wanted = new Set(ids);
  for (let after = span.after; after < span.upTo; ) {
    const { events, looked } = await findSealed(pool, ids, { ...span, after });
    await bringKeys(keys, events);
    for (const event of events) {
      id ??= personSealedUnder(event, wanted);
      for (const value of valuesSealedUnder(event, wanted)) for (const text of textsIn(value)) texts.add(text);
      if (texts.size > TEXTS_MAX) return { texts: [...texts].slice(0, TEXTS_MAX), all: false, id };
    }
    after = looked;
    await rest();
  }
  return { texts: [...texts], all: texts.size > 0, id };
}

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return value.length >= LENGTH_MIN ? [value] : [];
  if (typeof value === "number") return String(value).length >= LENGTH_MIN ? [String(value)] : [];
  if (typeof value !== "object" || value === null) return [];
  return Object.values(value).flatMap(textsIn);
}

/** Longest that one table is searched, in milliseconds. */
const SEARCH_MS = 60_000;

/**
 * In how many rows of a table one of the texts stands; null when that takes too long, or the table is not there. The table's
 * name enters SQL as it is: quoted, and from the code or the database's catalog.
 */
export async function countRows(pool: pg.Pool, table: string, texts: readonly string[]): Promise<number | null> {
  if (texts.length === 0) return 0;
  const client = await pool.connect();
  try {
    await client.query("begin read only");
    await client.query(`set local statement_timeout = ${SEARCH_MS}`);
    // As they stand in JSON, since a row is searched as such.
    const needles = texts.map((text) => JSON.stringify(text).slice(1, -1));
    const { rows } = await client.query<{ n: number }>(
      `select count(*)::float8 as n from (select row_to_json(t)::text as said from ${table} t) as rows
        where exists (select from unnest($1::text[]) needle where strpos(said, needle) > 0)`,
      [needles],
    );
    return rows[0]?.n ?? 0;
  } catch (error) {
    const state = (error as { code?: string }).code;
    if (state === "57014" || state === "42P01") return null;
    throw error;
  } finally {
    await client.query("rollback").catch(() => undefined);
    client.release();
  }
}
