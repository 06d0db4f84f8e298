import type pg from "pg";

const AT_ONCE = 1_000;

type Destroyed = {
  readonly request: string;
  readonly tenant: string | null;
  readonly subject: string;
  readonly destroyedAt: string;
  readonly keys: string;
};

/**
 * Destroys again what the store's shreds have destroyed: a key database that was restored from a backup has such keys alive, or
 * lacks their rows, so that a forgotten person would look like a new one. Returns how many keys it put right; safe to do at every start.
 */
export async function destroyAgain(events: pg.Pool, keys: pg.Pool): Promise<number> {
  let after = "00000000-0000-0000-0000-000000000000";
  let righted = 0;
  for (;;) {
    const { rows } = await events.query<Destroyed>(
      `select id as request, tenant, subject, destroyed_at as "destroyedAt", (preview -> 'keys')::text as keys
         from shred_requests where destroyed_at is not null and id > $1 order by id limit ${AT_ONCE}`,
      [after],
    );
    for (const row of rows) righted += await right(keys, row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < AT_ONCE) return righted;
    after = last.request;
  }
}

async function right(keys: pg.Pool, { tenant, subject, destroyedAt, keys: frozen }: Destroyed): Promise<number> {
  const known = JSON.parse(frozen) as readonly { readonly id: string; readonly epoch: number }[];
  const upTo = Math.max(0, ...known.map(({ epoch }) => epoch));
  const again = await keys.query(
    `update subject_keys set state = 'destroyed', wrapped = null, kek = null, destroyed_at = $3::timestamptz
      where subject = decode($1, 'hex') and epoch <= $2 and state = 'live'`,
    [subject, upTo, destroyedAt],
  );
  const missing = await keys.query(
    `insert into subject_keys (id, tenant, subject, epoch, state, destroyed_at)
       select id, $2, decode($3, 'hex'), epoch, 'destroyed', $4::timestamptz from unnest($1::uuid[], $5::int[]) as k (id, epoch)
     on conflict do nothing`,
    [known.map(({ id }) => id), tenant, subject, destroyedAt, known.map(({ epoch }) => epoch)],
  );
  return (again.rowCount ?? 0) + (missing.rowCount ?? 0);
}
