import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import type { ReadDatabase } from "@/lib/db/read-database";
import { insistOnNotes } from "@/lib/integrity/check-history";
import { holdsDuty } from "@/lib/integrity/duty";
import { readRoot } from "@/lib/integrity/read-roots";
import type { SigningKey } from "@/lib/integrity/signing-key";
import { failpoint } from "@/lib/kernel/failpoint";

/**
 * Makes `key` the first key of the store's log where it has none. Resolves with the log's name when `key` is the one that signs
 * now, else with the one that does.
 */
export async function registerKey(
  pool: pg.Pool,
  key: SigningKey,
): Promise<{ readonly origin: string } | { readonly signs: string }> {
  await pool.query("insert into signing_keys (id, origin, verifier) values (1, $1, $2) on conflict do nothing", [
    ...[key.name, key.verifier],
  ]);
  const { rows } = await pool.query<{ origin: string; verifier: string }>(
    "select origin, verifier from signing_keys order by id desc limit 1",
  );
  const [now] = rows;
  return now?.verifier === key.verifier ? { origin: now.origin } : { signs: now?.verifier ?? "" };
}

/** Who signs. `held` is a note from outside of the database that the log must begin with. */
type Signing = {
  readonly owner: string;
  readonly key: SigningKey;
  readonly origin: string;
  readonly everyMs: number;
  readonly held?: string | null;
};

/**
 * Signs the log as it is, when it has grown and the last note is older than `everyMs`; only while `owner` has the duty. Resolves
 * with the note, or null where none is due. It signs nothing that does not begin with the last note that is kept, and with the
 * one that is held: throws `HistoryChanged` then, for good, until somebody has looked.
 */
export async function signCheckpoint(pool: pg.Pool, signing: Signing): Promise<string | null> {
  const { owner, key, origin, everyMs, held = null } = signing;
  return inTransaction(pool, async (client) => {
    if (!(await holdsDuty(client, owner))) return null;
    const [head] = (
      await client.query<Head>({
        name: "merkle_head",
        text: `select t.index * 256 + t.width as size, t.last_position as position, n.size as signed, n.note,
                      coalesce(n.signed_at > clock_timestamp() - $1 * interval '1 millisecond', false) as fresh
                 from (select index, width, last_position from merkle_tiles where level = 0 order by index desc limit 1) t
                 left join lateral (select size, note, signed_at from checkpoint_notes order by size desc limit 1) n on true`,
        values: [everyMs],
      })
    ).rows;
    if (head === undefined || head.fresh || head.size === head.signed) return null;
    const size = Number(head.size);
    const reads: ReadDatabase = {
      query: async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
        (await client.query<Row>(sql, [...values])).rows,
    };
    await insistOnNotes(reads, { kept: head.note, held }, size);
    const root = await readRoot(reads, size);
    const note = key.sign(`${origin}\n${size}\n${Buffer.from(root).toString("base64")}\n`);
    failpoint("merkle.before-sign");
    const { rowCount } = await client.query(
      "insert into checkpoint_notes (size, position, root, note) values ($1, $2, $3, $4) on conflict do nothing",
      [size, head.position, root, note],
    );
    return rowCount === 1 ? note : null;
  });
}

type Head = {
  readonly size: bigint;
  readonly position: bigint;
  readonly signed: bigint | null;
  readonly note: string | null;
  readonly fresh: boolean;
};
