import type pg from "pg";

/** A person that something was sealed for, by the digest that stands for them; `state` and `epoch` are those of their latest key. */
export type KnownPerson = {
  readonly subject: string;
  readonly tenant: string | null;
  readonly state: "live" | "destroyed";
  readonly epoch: number;
  /** When their first key was made. */
  readonly since: string;
  readonly destroyedAt: string | null;
  /** Id of their first key: the place in the list. */
  readonly place: string;
};

/** So many persons, the newest first, before a place. The first keys stand in order of time, because their ids do. */
export async function readPeople(
  pool: pg.Pool,
  { before, limit }: { readonly before?: string | undefined; readonly limit: number },
): Promise<readonly KnownPerson[]> {
  const { rows } = await pool.query<KnownPerson>(
    `select encode(k.subject, 'hex') as subject, k.tenant, latest.state, latest.epoch, k.created_at as since,
            latest.destroyed_at as "destroyedAt", k.id as place
       from subject_keys k
      cross join lateral (select state, epoch, destroyed_at from subject_keys l
                           where l.subject = k.subject order by epoch desc limit 1) latest
      where k.epoch = 1 and ($1::uuid is null or k.id < $1) order by k.id desc limit $2`,
    [before ?? null, limit],
  );
  return rows;
}
