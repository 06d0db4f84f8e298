import { type HistoryAlarm, readHistoryAlarm } from "@/lib/alerts/find/changed-history";
import type { ReadDatabase } from "@/lib/db/read-database";
import { readEnd } from "@/lib/integrity/prove";
import { readRoot } from "@/lib/integrity/read-roots";
import { base64, sameBytes } from "@/lib/kernel/bytes-text";
import { NotFound } from "@/lib/kernel/errors";
import { checkLimit, invalid } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";

/** A signed checkpoint. `root` is base64, `position` that of the last event it speaks of, `note` the text to keep. */
export type Checkpoint = {
  readonly size: number;
  readonly position: string;
  readonly root: string;
  readonly signedAt: string;
  readonly note: string;
};

/** How the Merkle log stands. */
export type Integrity = {
  /** The name of the log in its notes, and the keys that sign or signed, the latest first; null before the first worker. */
  readonly origin: string | null;
  /** `fromSize` is how many leaves were signed when the key began: it signs, or signed, notes of more. */
  readonly keys: readonly { readonly verifier: string; readonly since: string; readonly fromSize: number }[];
  /** Keys that workers have instead of the log's, for an operator to begin. */
  readonly offers: readonly { readonly verifier: string; readonly worker: string; readonly seenAt: string }[];
  /** Events that it has, and the position of the last; the mark it follows. */
  readonly size: number;
  readonly position: string;
  readonly highWater: string;
  readonly latest: Checkpoint | null;
  /** Whether the latest checkpoint is that of the tree as it is stored now; null without one, or where the tree cannot be read. */
  readonly agrees: boolean | null;
  /** What the latest checkpoint does not speak of yet: its oldest event's age and how many, counted to a bound. */
  readonly unsigned: { readonly ageMs: number; readonly events: number; readonly more: boolean };
  /** Where notes are published outside of the database. */
  readonly witnesses: readonly WitnessState[];
  /** What was found of a history that was changed, while nobody has settled it; null without an open alarm. */
  readonly alarm: HistoryAlarm | null;
  /** The process that builds and signs now; null when none does. */
  readonly builder: string | null;
};

/** How far a witness has the notes: the size of the last it has taken; why the last attempt failed, and when the next is. */
export type WitnessState = {
  readonly name: string;
  readonly size: number | null;
  readonly publishedAt: string | null;
  readonly failures: number;
  readonly error: string | null;
  readonly nextAt: string;
  /** Whether a worker publishes to it now. */
  readonly alive: boolean;
};

/** A page of checkpoints, the latest first; `next` is the cursor of the one after. */
export type CheckpointsPage = { readonly checkpoints: readonly Checkpoint[]; readonly next: string | null };

const COUNTED_MAX = 10_000;

/** Reads how the Merkle log stands, with the agreement of its latest checkpoint checked anew. */
export async function integrity(context: QueryContext): Promise<Integrity> {
  const { reads } = context;
  const [keys, offers, end, latest, alarm, witnesses] = await Promise.all([
    reads.query<{ origin: string; verifier: string; since: string; from_size: bigint }>(
      "select origin, verifier, since, from_size from signing_keys order by id desc limit 20",
    ),
    reads.query<{ verifier: string; worker: string; seenAt: string }>(
      `select verifier, worker, seen_at as "seenAt" from signing_key_offers
        where seen_at > clock_timestamp() - interval '2 minutes' order by seen_at desc limit 5`,
    ),
    readEnd(reads),
    latestCheckpoint(context),
    readHistoryAlarm(reads),
    readWitnesses(reads),
  ]);
  const [now] = await reads.query<Now>(
    `select position as high_water, (select owner from duties where name = 'merkle-log' and lease_expires_at > clock_timestamp()) as builder,
            waiting.events, coalesce(extract(epoch from clock_timestamp() - waiting.oldest) * 1000, 0)::float8 as age_ms
       from high_water cross join lateral (
         select count(*)::int as events, min(recorded_at) as oldest from (
           select recorded_at from events e where e.position > $1 and e.position <= high_water.position order by e.position limit $2) w) waiting`,
    [latest?.position ?? "0", COUNTED_MAX + 1],
  );
  const events = now?.events ?? 0;
  return {
    origin: keys[0]?.origin ?? null,
    keys: keys.map(({ verifier, since, from_size }) => ({ verifier, since, fromSize: Number(from_size) })),
    offers,
    size: end?.size ?? 0,
    position: String(end?.position ?? 0n),
    highWater: String(now?.high_water ?? 0n),
    latest,
    agrees: latest === null ? null : await agrees(context, latest),
    unsigned: {
      ageMs: Math.max(0, now?.age_ms ?? 0),
      events: Math.min(events, COUNTED_MAX),
      more: events > COUNTED_MAX,
    },
    witnesses,
    alarm,
    builder: now?.builder ?? null,
  };
}

type Now = {
  readonly high_water: bigint;
  readonly builder: string | null;
  readonly events: number;
  readonly age_ms: number;
};

async function readWitnesses(reads: ReadDatabase): Promise<readonly WitnessState[]> {
  const rows = await reads.query<Omit<WitnessState, "size"> & { readonly size: bigint | null }>(
    `select name, size, published_at as "publishedAt", failures, error, next_at as "nextAt",
            seen_at > clock_timestamp() - interval '2 minutes' as alive
       from checkpoint_witnesses order by name limit 20`,
  );
  return rows.map(({ size, ...row }) => ({ ...row, size: size === null ? null : Number(size) }));
}

async function agrees({ reads }: QueryContext, { size, root }: Checkpoint): Promise<boolean | null> {
  try {
    return sameBytes(await readRoot(reads, size), Buffer.from(root, "base64"));
  } catch {
    return null;
  }
}

/** The latest checkpoint; null before the first. */
export async function latestCheckpoint({ reads }: QueryContext): Promise<Checkpoint | null> {
  const [row] = await reads.query<CheckpointRecord>(`${COLUMNS} order by size desc limit 1`);
  return row ? toCheckpoint(row) : null;
}

/** The checkpoint of a size. Throws `NotFound` where none was signed, `InvalidRequest` for what is no size. */
export async function checkpointOf({ reads }: QueryContext, size: string): Promise<Checkpoint> {
  const [row] = await reads.query<CheckpointRecord>(`${COLUMNS} where size = $1`, [checkSize(size, "size")]);
  if (!row) throw new NotFound("checkpoint of size", size);
  return toCheckpoint(row);
}

/** Lists checkpoints, the latest first; `cursor` is the `next` of the page before. Throws `InvalidRequest`. */
export async function listCheckpoints(
  { reads }: QueryContext,
  request: { readonly cursor?: string | undefined; readonly limit?: number | undefined },
): Promise<CheckpointsPage> {
  const limit = checkLimit(request.limit);
  const before = request.cursor === undefined ? null : checkSize(request.cursor, "cursor");
  const rows = await reads.query<CheckpointRecord>(
    `${COLUMNS} where $1::bigint is null or size < $1::bigint order by size desc limit $2`,
    [before, limit + 1],
  );
  const checkpoints = rows.slice(0, limit).map(toCheckpoint);
  return { checkpoints, next: rows.length > limit ? String(checkpoints.at(-1)?.size) : null };
}

/** A number of leaves, as text. Throws `InvalidRequest` naming `path`. */
export function checkSize(text: string, path: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw invalid(path, "must be a number of leaves: a whole number from 1");
}

const COLUMNS = "select size, position, root, signed_at, note from checkpoint_notes";

type CheckpointRecord = {
  readonly size: bigint;
  readonly position: bigint;
  readonly root: Buffer;
  readonly signed_at: string;
  readonly note: string;
};

function toCheckpoint({ size, position, root, signed_at, note }: CheckpointRecord): Checkpoint {
  return { size: Number(size), position: String(position), root: base64(root), signedAt: signed_at, note };
}
