import type pg from "pg";
import { pollLoop } from "@/lib/db/poll-loop";
import type { SignedCheckpoint, Witness } from "@/lib/integrity/witness";
import { holdDuty } from "@/lib/subscriptions/hold-duty";

/** Who publishes, to whom, and how often at most. */
export type Publishing = {
  readonly pool: pg.Pool;
  readonly owner: string;
  readonly witnesses: readonly Witness[];
  readonly everyMs: number;
};

const LOOK_MS = 2_000;
/** Longer than any witness may take. */
const HELD_MS = 30_000;
const RETRY_MAX_S = 900;

/** Publishes notes until `signal` is aborted. Errors are reported, never thrown. */
export async function tellWitnesses(
  publishing: Publishing & { readonly signal: AbortSignal; readonly onError: (error: unknown) => void },
): Promise<void> {
  const { signal, onError, witnesses } = publishing;
  if (witnesses.length === 0) return;
  await pollLoop({
    ...{ signal, onError, idleMs: LOOK_MS, errorMs: LOOK_MS, maxErrorMs: 30_000 },
    work: async () => {
      await tellDue(publishing);
      return false;
    },
  });
}

/**
 * Gives the latest note to each witness that has not got it and whose time has come; one process at a time does it for each. One that
 * fails is tried again, ever more seldom, and holds up no other. Killed between the two, a note is published twice, which a witness
 * does not notice. Resolves with how many have taken it.
 */
export async function tellDue({ pool, owner, witnesses, everyMs }: Publishing): Promise<number> {
  const taken = await Promise.all(
    witnesses.map(async ({ name, publish }) => {
      if (!(await holdDuty(pool, `witness ${name}`, owner, HELD_MS))) return false;
      const due = await readDue(pool, name);
      if (due === undefined) return false;
      const error = await publish(due);
      await record(pool, name, due, error, everyMs);
      return error === null;
    }),
  );
  return taken.filter(Boolean).length;
}

async function readDue(pool: pg.Pool, name: string): Promise<SignedCheckpoint | undefined> {
  await pool.query(
    `insert into checkpoint_witnesses as w (name) values ($1)
     on conflict (name) do update set seen_at = clock_timestamp() where w.seen_at < clock_timestamp() - interval '1 minute'`,
    [name],
  );
  await pool.query("delete from checkpoint_witnesses where seen_at < clock_timestamp() - interval '7 days'");
  const { rows } = await pool.query<{ size: bigint; position: bigint; note: string; signed_at: string }>(
    `select n.size, n.position, n.note, n.signed_at from checkpoint_witnesses w
      cross join lateral (select * from checkpoint_notes order by size desc limit 1) n
      where w.name = $1 and w.next_at <= clock_timestamp() and n.size > coalesce(w.size, 0)`,
    [name],
  );
  const [row] = rows;
  if (row === undefined) return undefined;
  return { size: Number(row.size), position: String(row.position), note: row.note, signedAt: row.signed_at };
}

async function record(
  pool: pg.Pool,
  name: string,
  { size }: SignedCheckpoint,
  error: string | null,
  everyMs: number,
): Promise<void> {
  if (error === null) {
    await pool.query(
      `update checkpoint_witnesses set size = $2, published_at = clock_timestamp(), failures = 0, error = null,
              next_at = clock_timestamp() + $3 * interval '1 millisecond' where name = $1`,
      [name, size, everyMs],
    );
    return;
  }
  await pool.query(
    `update checkpoint_witnesses set failures = failures + 1, error = $2,
            next_at = clock_timestamp() + make_interval(secs => least($3, 2 ^ least(failures, 10))) where name = $1`,
    [name, error.slice(0, 500), RETRY_MAX_S],
  );
}
