import type pg from "pg";

const AT_ONCE = 1_000;

type Destroyed = {
  readonly request: string;
  readonly tenant: string | null;
  readonly subject: string;
  readonly destroyedAt: string;
  readonly keys: readonly { readonly id: string; readonly epoch: number }[];
};

/**
 * Destroys again what the store's shreds have destroyed: a key database that was restored from a backup has such keys alive, or
 * lacks their rows, so that a forgotten person would look like a new one. Returns how many keys it put right. Done at every start:
 * two statements a thousand shreds where nothing is wrong.
 */
export async function destroyAgain(events: pg.Pool, keys: pg.Pool): Promise<number> {
  let after = "00000000-0000-0000-0000-000000000000";
  let righted = 0;
  for (;;) {
    const { rows } = await events.query<Omit<Destroyed, "keys"> & { keys: string }>(
      `select id as request, tenant, subject, destroyed_at as "destroyedAt", (preview -> 'keys')::text as keys
         from shred_requests where destroyed_at is not null and id > $1 order by id limit ${AT_ONCE}`,
      [after],
    );
    const page = rows.map((row) => ({ ...row, keys: JSON.parse(row.keys) as Destroyed["keys"] }));
    const wrong = await findAlive(keys, page);
    for (const row of page) if (wrong.has(row.request)) righted += await destroyOne(keys, row);
    const last = rows.at(-1);
    if (last === undefined || rows.length < AT_ONCE) return righted;
    after = last.request;
  }
}

/** The requests of which a key is not as it was left. */
async function findAlive(keys: pg.Pool, page: readonly Destroyed[]): Promise<ReadonlySet<string>> {
  const left = page.flatMap(({ request, subject, keys: own }) => own.map((key) => ({ ...key, request, subject })));
  const { rows } = await keys.query<{ request: string }>(
    `select distinct d.request from unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[]) as d (request, id, subject, epoch)
      where not exists (select from subject_keys k where k.id = d.id and k.state = 'destroyed')
         or exists (select from subject_keys k where k.subject = decode(d.subject, 'hex') and k.epoch <= d.epoch and k.state = 'live')`,
    [
      ...[left.map(({ request }) => request), left.map(({ id }) => id)],
      ...[left.map(({ subject }) => subject), left.map(({ epoch }) => epoch)],
    ],
  );
  return new Set(rows.map(({ request }) => request));
}

async function destroyOne(keys: pg.Pool, { tenant, subject, destroyedAt, keys: own }: Destroyed): Promise<number> {
  const again = await keys.query(
    `update subject_keys set state = 'destroyed', wrapped = null, kek = null, destroyed_at = $3::timestamptz
      where subject = decode($1, 'hex') and epoch <= $2 and state = 'live'`,
    [subject, Math.max(0, ...own.map(({ epoch }) => epoch)), destroyedAt],
  );
  const missing = await keys.query(
    `insert into subject_keys (id, tenant, subject, epoch, state, destroyed_at)
       select id, $2, decode($3, 'hex'), epoch, 'destroyed', $4::timestamptz from unnest($1::uuid[], $5::int[]) as k (id, epoch)
     on conflict do nothing`,
    [own.map(({ id }) => id), tenant, subject, destroyedAt, own.map(({ epoch }) => epoch)],
  );
  return (again.rowCount ?? 0) + (missing.rowCount ?? 0);
}
