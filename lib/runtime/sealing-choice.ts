import type pg from "pg";
import { openPool } from "@/lib/db/pool";
import { asUnavailable } from "@/lib/db/unavailable";
import { Unavailable } from "@/lib/kernel/errors";

/**
 * Settles whether personal fields of new events are sealed, for a store with a key store, and returns it. What the operator has
 * `given` holds, and stays when it is not given any more; else what was settled before; else a store without events seals, and one
 * that has some goes on in plain text: half sealed it would look as if everybody in it could be forgotten.
 */
export async function decideSealing(
  events: { readonly url: string; readonly schema: string },
  given: boolean | undefined,
): Promise<boolean> {
  const owner = openPool({ ...events, role: null, max: 1, applicationName: "tidemark-prepare" });
  try {
    await owner.query(given === undefined ? FIRST : GIVEN, given === undefined ? [] : [given]);
    return (await readChoice(owner)) ?? false;
  } finally {
    await owner.end();
  }
}

/** Whether new events are sealed, as it was given or was settled; asked once. Throws `Unavailable` before it is settled. */
export function sealingChoice(pool: pg.Pool, given: boolean | undefined): () => Promise<boolean> {
  let known: Promise<boolean> | undefined = given === undefined ? undefined : Promise.resolve(given);
  return () => {
    if (known) return known;
    const asking = settled(pool).catch((error: unknown) => {
      known = undefined;
      throw asUnavailable(error);
    });
    known = asking;
    return asking;
  };
}

async function settled(pool: pg.Pool): Promise<boolean> {
  const sealed = await readChoice(pool);
  if (sealed !== undefined) return sealed;
  throw new Unavailable(
    "Whether this store seals personal fields is not settled yet. Start Tidemark with `npm start` or `npm run migrate`, or set TIDEMARK_SEALING.",
  );
}

async function readChoice(pool: pg.Pool): Promise<boolean | undefined> {
  const { rows } = await pool.query<{ sealed: boolean }>("select sealed from sealing_choice");
  return rows[0]?.sealed;
}

const FIRST = "insert into sealing_choice (sealed) select not exists (select from events) on conflict do nothing";

const GIVEN = `insert into sealing_choice (sealed) values ($1)
  on conflict (id) do update set sealed = excluded.sealed, decided_at = clock_timestamp()
    where sealing_choice.sealed <> excluded.sealed`;
