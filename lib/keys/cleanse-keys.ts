import type pg from "pg";
import { openPool } from "@/lib/db/pool";
import { KEYS } from "@/lib/keys/key-rows";

/**
 * What was done about the wrapped bytes that the server keeps of keys that were destroyed. `table`: the table was written anew
 * without them, only tidied (their bytes may stay in free space until that is used again, or with older transactions that see them), or neither. `left` says what was not
 * reached, one sentence each.
 */
export type Cleansed = {
  readonly table: "rewritten" | "tidied" | "not-reached";
  readonly logSwitched: boolean;
  readonly checkpointed: boolean;
  readonly left: readonly string[];
};

/** A larger table is not written anew while everybody waits for it. */
const REWRITTEN_MAX_BYTES = 64 * 1_024 * 1_024;
const LOCK_MS = 3_000;

/**
 * Takes what is left of destroyed keys out of the key database as far as its log-in may: dead rows from the table, and the
 * write-ahead log is switched and checkpointed, so that the server lets its old files go. Never throws for what it may not do;
 * it says so. Safe to do again.
 */
export async function cleanseKeys(url: string): Promise<Cleansed> {
  const owner = openPool({ url, schema: KEYS.schema, role: null, max: 1, applicationName: "tidemark-cleanse" });
  try {
    const left: string[] = [];
    const table = await cleanseTable(owner, left);
    const logSwitched = await attempt(owner, "select pg_switch_wal()", left, "the write-ahead log was not switched");
    const checkpointed = await attempt(owner, "checkpoint", left, "no checkpoint was made");
    left.push(
      "files of the write-ahead log that were archived or are kept for use again, copies by replication, and backups may still have the wrapped key; it opens only with the key-encryption key of then",
    );
    return { table, logSwitched, checkpointed, left };
  } finally {
    await owner.end();
  }
}

async function cleanseTable(owner: pg.Pool, left: string[]): Promise<Cleansed["table"]> {
  const { rows } = await owner.query<{ bytes: number }>(
    "select pg_total_relation_size('subject_keys')::float8 as bytes",
  );
  await owner.query(`set lock_timeout = ${LOCK_MS}`);
  const small = (rows[0]?.bytes ?? 0) <= REWRITTEN_MAX_BYTES;
  const why = small
    ? "the table of keys could not be written anew"
    : "the table of keys is too large to be written anew";
  if (small) {
    const seen = await stillSeen(owner);
    const written = await attempt(owner, "vacuum full subject_keys", left, why);
    if (written && seen) left.push(`${SEEN}: end it, and begin the cleansing again`);
    if (written) return seen ? "tidied" : "rewritten";
  }
  if (!small) left.push(`${why}: bytes of dead rows may stay in its free space until that is used again`);
  return (await attempt(owner, "vacuum subject_keys", left, "dead rows were not removed")) ? "tidied" : "not-reached";
}

const SEEN =
  "the table of keys was written anew while an older transaction could still see destroyed keys, and has them yet";

/**
 * Whether a transaction that began before now goes on in the key database: for its sake dead rows are carried over into a table
 * that is written anew. Waits for such ones for a while; those of other log-ins are seen as far as the server shows them.
 */
async function stillSeen(owner: pg.Pool): Promise<boolean> {
  const { rows } = await owner.query<{ now: string }>("select pg_current_xact_id()::xid::text as now");
  for (let tries = 0; tries < LOCK_MS / SEEN_EVERY_MS; tries++) {
    const { rowCount } = await owner.query(OLDER, [rows[0]?.now]);
    if (rowCount === 0) return false;
    await new Promise((resolve) => setTimeout(resolve, SEEN_EVERY_MS));
  }
  return true;
}

const SEEN_EVERY_MS = 100;
const OLDER = `select from pg_stat_activity
   where datname = current_database() and pid <> pg_backend_pid() and age(backend_xmin) > age($1::xid)
  union all select from pg_prepared_xacts where database = current_database() and age(transaction) > age($1::xid)
  union all select from pg_replication_slots where age(xmin) > age($1::xid)`;

async function attempt(owner: pg.Pool, sql: string, left: string[], what: string): Promise<boolean> {
  try {
    await owner.query(sql);
    return true;
  } catch (error) {
    left.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  }
}
