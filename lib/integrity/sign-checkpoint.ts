import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import type { ReadDatabase } from "@/lib/db/read-database";
import { insistOnNotes } from "@/lib/integrity/check-history";
import { holdsDuty } from "@/lib/integrity/duty";
import type { SigningNow } from "@/lib/integrity/log-keys";
import { readRoot } from "@/lib/integrity/read-roots";
import type { SigningKey } from "@/lib/integrity/signing-key";
import { TidemarkError } from "@/lib/kernel/errors";
import { failpoint } from "@/lib/kernel/failpoint";

/** Who signs, with what, as which key of the log. `held` is a note from outside of the database that the log must begin with. */
type Signing = {
  readonly owner: string;
  readonly key: SigningKey;
  readonly as: SigningNow;
  readonly everyMs: number;
  readonly held?: string | null;
};

/** Another key has begun since: this one signs nothing more. */
export class KeySucceeded extends TidemarkError {
  constructor(verifier: string) {
    super("conflict", `The key ${verifier} was replaced, and signs no more. Give this worker the key of the log.`);
  }
}

/**
 * Signs the log as it is, when it has grown and the last note is older than `everyMs`; only while `owner` has the duty. Resolves
 * with the note, or null where none is due. It signs nothing that does not begin with the last note that is kept, and with the
 * one that is held: throws `HistoryChanged` then, for good, until somebody has looked. A
 * key that was replaced signs nothing: throws `KeySucceeded`, and the database refuses it, too.
 */
export async function signCheckpoint(pool: pg.Pool, signing: Signing): Promise<string | null> {
  const { owner, key, as, everyMs, held = null } = signing;
  return inTransaction(pool, async (client) => {
    if (!(await holdsDuty(client, owner))) return null;
    const [head] = (
      await client.query<Head>({
        name: "merkle_head",
        text: `select t.index * 256 + t.width as size, t.last_position as position, n.size as signed, n.note, n.key,
                      (select max(id) from signing_keys) as latest,
                      coalesce(n.signed_at > clock_timestamp() - $1 * interval '1 millisecond', false) as fresh
                 from (select index, width, last_position from merkle_tiles where level = 0 order by index desc limit 1) t
                 left join lateral (select size, note, key, signed_at from checkpoint_notes order by size desc limit 1) n on true`,
        values: [everyMs],
      })
    ).rows;
    if (head !== undefined && head.latest !== as.id) throw new KeySucceeded(key.verifier);
    if (head === undefined || head.fresh || head.size === head.signed) return null;
    const size = Number(head.size);
    const reads: ReadDatabase = {
      query: async <Row extends object>(sql: string, values: readonly unknown[] = []) =>
        (await client.query<Row>(sql, [...values])).rows,
    };
    await insistOnNotes(reads, { kept: head.note, held }, size);
    const root = await readRoot(reads, size);
    const said = `${as.origin}\n${size}\n${Buffer.from(root).toString("base64")}\n`;
    const note = key.sign(head.key === as.id ? said : `${said}${takeover(as)}`);
    failpoint("merkle.before-sign");
    const { rowCount } = await client.query(
      "insert into checkpoint_notes (size, position, root, note, key) values ($1, $2, $3, $4, $5) on conflict do nothing",
      [size, head.position, root, note, as.id],
    );
    return rowCount === 1 ? note : null;
  });
}

type Head = {
  readonly size: bigint;
  readonly position: bigint;
  readonly signed: bigint | null;
  readonly note: string | null;
  /** The key of the last note, and the one that signs now. */
  readonly key: number | null;
  readonly latest: number;
  readonly fresh: boolean;
};

/** What the first note of a key that succeeded another says of it, as an extension line of the format. */
function takeover({ fromSize, replaces }: SigningNow): string {
  return replaces === null ? "" : `signing-key-since ${fromSize} replaces ${replaces}\n`;
}
