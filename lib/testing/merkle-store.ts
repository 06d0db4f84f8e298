import type pg from "pg";
import { createReadDatabase } from "@/lib/db/read-database";
import { growLog } from "@/lib/integrity/grow-log";
import { registerKey, type SigningNow } from "@/lib/integrity/log-keys";
import { signCheckpoint } from "@/lib/integrity/sign-checkpoint";
import { newSigningKey, readSigningKey } from "@/lib/integrity/signing-key";
import { holdDuty } from "@/lib/subscriptions/hold-duty";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

/** A store whose Merkle log a test builds by hand, step by step. */
export type MerkleStore = TestDatabase & {
  readonly reads: ReturnType<typeof createReadDatabase>;
  readonly key: ReturnType<typeof readSigningKey>;
  readonly privateKey: string;
  /** As what `key` signs. */
  readonly as: SigningNow;
  /** Puts events with positions `from` to `to` into the log, one of three burnt, below the mark. Returns how many. */
  readonly fill: (from: number, to: number) => Promise<number>;
  readonly grow: (tilesAtOnce?: number) => ReturnType<typeof growLog>;
  /** Grows to the mark and signs; returns the note. */
  readonly sign: () => Promise<string>;
};

/** Makes one. `owner` of the duty is `tester`. */
export async function createMerkleStore(): Promise<MerkleStore> {
  const database = await createTestDatabase();
  const { pool, owner } = database;
  const privateKey = newSigningKey("example.com/log");
  const key = readSigningKey(privateKey);
  const registered = await registerKey(pool, key, "tester");
  if (!("origin" in registered)) throw new Error("another key signs");
  await holdDuty(pool, "merkle-log", "tester", 600_000);
  const grow = (tilesAtOnce?: number) => growLog(pool, "tester", tilesAtOnce);
  return {
    ...database,
    key,
    privateKey,
    as: registered,
    reads: createReadDatabase(pool),
    grow,
    fill: (from, to) => fill(owner, from, to),
    sign: async () => {
      while ((await grow()).more);
      await signCheckpoint(pool, { owner: "tester", key, as: registered, everyMs: 0 });
      const { rows } = await pool.query<{ note: string }>(
        "select note from checkpoint_notes order by size desc limit 1",
      );
      return rows[0]?.note ?? "";
    },
  };
}

/** Past the store's own append, which has tests of its own, so that tens of thousands take a second. */
async function fill(owner: pg.Pool, from: number, to: number): Promise<number> {
  const { rowCount } = await owner.query(
    `insert into tidemark.events (position, version, recorded_at, occurred_at, schema_version, slice, event_id, stream, category,
                                  type, correlation_id, actor, leaf, data)
       select p, v, t, t, 1, 0, id, s, 'parcel', 'ParcelMoved', 'c-1', 'ada',
              tidemark.leaf_hash(p, id, s, v, 'ParcelMoved', 1, (extract(epoch from t) * 1000000)::bigint,
                (extract(epoch from t) * 1000000)::bigint, 'c-1', null, 'ada', null, d, null), d::json
         from generate_series($1::bigint, $2::bigint) p
        cross join lateral (select p / 7 + 1 as v, 'parcel-' || p % 7 as s, '{"grams": ' || p || '}' as d, gen_random_uuid() as id,
                                   '2026-11-27 04:00:00+00'::timestamptz + p * interval '1 millisecond' as t) f
        where p % 3 <> 0`,
    [from, to],
  );
  await owner.query("update tidemark.high_water set position = $1", [to]);
  return rowCount ?? 0;
}
