import { createHash } from "node:crypto";
import type pg from "pg";
import { asUnavailable } from "@/lib/db/unavailable";
import type { SnapshotFault, SnapshotLimit } from "@/lib/snapshots/snapshot";

/** A snapshot to put aside; `text` is the state as JSON. */
export type NewSnapshot = {
  readonly stream: string;
  readonly fingerprint: string;
  readonly version: number;
  readonly eventId: string;
  readonly text: string;
  readonly foldedEvents: number;
  readonly foldMs: number;
};

/** A snapshot as it was found, with what its stream says of it. `current` is false for another code's. */
export type FoundSnapshot = {
  readonly fingerprint: string;
  readonly version: number;
  readonly text: string;
  /** What is wrong with it; null when it may be used. */
  readonly fault: SnapshotFault | null;
};

/** The statements on the tables of snapshots, each by itself all or nothing. They throw `Unavailable`. */
export type SnapshotRows = ReturnType<typeof snapshotRows>;

/** Makes the statements over a pool or a transaction that may write; `writer` names this process in what it stores. */
export function snapshotRows(pool: Pick<pg.PoolClient, "query">, writer: string) {
  const run = async <Row extends object>(name: string, text: string, values: readonly unknown[]): Promise<Row[]> => {
    try {
      const { rows } = await pool.query<Row>({ name: `snapshots_${name}`, text, values: [...values] });
      return rows;
    } catch (error) {
      throw asUnavailable(error);
    }
  };
  return {
    /** The newest one within the limit, of this fingerprint before any other's; looked over, but not judged by its fold. */
    newest: async (stream: string, fingerprint: string, limit: SnapshotLimit): Promise<FoundSnapshot | undefined> => {
      const { version = Number.MAX_SAFE_INTEGER, at = null } = limit;
      const [row] = await run<FoundRow>("newest", NEWEST, [stream, fingerprint, version, at]);
      return row && { ...row, version: Number(row.version), fault: faultOf(row, stream, fingerprint) };
    },
    /** Puts one aside; resolves with whether it was new. */
    put: async (snapshot: NewSnapshot): Promise<boolean> => {
      const { stream, fingerprint, version, eventId, text, foldedEvents, foldMs } = snapshot;
      const checksum = checksumOf(stream, fingerprint, version, text);
      const values = [stream, fingerprint, version, eventId, checksum, text, foldedEvents, foldMs, writer];
      return (await run("put", PUT, values)).length > 0;
    },
    /** Keeps those at multiples of `distance` and the newest; those of other code go a day after they were taken. */
    thin: async (stream: string, fingerprint: string, distance: number): Promise<void> => {
      await run("thin", THIN, [stream, fingerprint, distance]);
    },
    /** Takes a faulty one away and writes down why; a stale one stays, for other workers may still be of its code. */
    fault: async (
      stream: string,
      found: FoundSnapshot,
      fault: SnapshotFault,
      detail: unknown = null,
    ): Promise<void> => {
      const values = [stream, found.fingerprint, found.version, fault, detail === null ? null : JSON.stringify(detail)];
      await run(fault === "stale" ? "stale" : "fault", fault === "stale" ? NOTE_STALE : NOTE_AND_DROP, values);
    },
    /** Says of all that was wrong with a stream's snapshots that it has been put right. */
    healed: async (stream: string): Promise<void> => {
      await run("healed", HEALED, [stream]);
    },
    /** Says that a stream's snapshots up to a version were the same as the full fold. */
    verified: async (stream: string, fingerprint: string, versions: readonly number[]): Promise<void> => {
      await run("verified", VERIFIED, [stream, fingerprint, versions]);
    },
    /** A page of a stream's own snapshots by version, above `after`. */
    list: async (stream: string, fingerprint: string, after: number, limit: number): Promise<FoundSnapshot[]> => {
      const rows = await run<FoundRow>("list", LIST, [stream, fingerprint, after, limit]);
      return rows.map((row) => ({ ...row, version: Number(row.version), fault: faultOf(row, stream, fingerprint) }));
    },
  };
}

type FoundRow = {
  readonly fingerprint: string;
  readonly version: bigint;
  readonly text: string;
  readonly checksum: Buffer;
  readonly event_id: string;
  readonly stands: string | null;
};

function faultOf(row: FoundRow, stream: string, fingerprint: string): SnapshotFault | null {
  if (row.fingerprint !== fingerprint) return "stale";
  if (!checksumOf(stream, fingerprint, Number(row.version), row.text).equals(row.checksum)) return "corrupt";
  if (row.stands === null) return "ahead";
  return row.stands === row.event_id ? null : "other-history";
}

/** Over everything that a state depends on, so that neither a changed text nor a row under another name passes. */
function checksumOf(stream: string, fingerprint: string, version: number, text: string): Buffer {
  return createHash("sha256").update(`${stream}\n${fingerprint}\n${version}\n${text}`).digest();
}

const FOUND = "s.fingerprint, s.version, s.state::text as text, s.checksum, s.event_id, e.event_id as stands";
const NEWEST = `select ${FOUND} from snapshots s
  left join events e on e.stream = s.stream and e.version = s.version
 where s.stream = $1 and s.version <= $3 and ($4::timestamptz is null or e.recorded_at <= $4)
 order by s.fingerprint = $2 desc, s.version desc limit 1`;
const LIST = `select ${FOUND} from snapshots s
  left join events e on e.stream = s.stream and e.version = s.version
 where s.stream = $1 and s.fingerprint = $2 and s.version > $3 order by s.version limit $4`;
const PUT = `insert into snapshots (stream, fingerprint, version, event_id, checksum, state, folded_events, fold_ms, taken_by)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing returning 1`;
const THIN = `delete from snapshots s where s.stream = $1 and case when s.fingerprint = $2
    then s.version % $3::bigint <> 0
         and s.version < (select max(n.version) from snapshots n where n.stream = $1 and n.fingerprint = $2)
    else s.taken_at < clock_timestamp() - interval '1 day' end`;
const NOTE_STALE = `insert into snapshot_faults (stream, fingerprint, version, fault, detail)
  values ($1, $2, $3, $4, $5) on conflict do nothing`;
const NOTE_AND_DROP = `with gone as (
    delete from snapshots where stream = $1 and fingerprint = $2 and version = $3 returning stream, fingerprint, version)
  insert into snapshot_faults (stream, fingerprint, version, fault, detail)
  select stream, fingerprint, version, $4, $5::json from gone on conflict do nothing`;
const HEALED = "update snapshot_faults set healed_at = clock_timestamp() where stream = $1 and healed_at is null";
const VERIFIED = `update snapshots set verified_at = clock_timestamp()
  where stream = $1 and fingerprint = $2 and version = any ($3)`;
