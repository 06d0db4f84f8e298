import { NotFound } from "@/lib/kernel/errors";
import { categoryOf } from "@/lib/kernel/stream-name";
import { checkText } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";
import { type StreamRecord, type StreamRow, streamColumns, toStreamRow } from "@/lib/queries/stream-row";
import { fingerprintOf } from "@/lib/snapshots/fingerprint";

/** How far one consumer has come with this stream. `reachedVersion` is null when that is unknown. */
export type StreamReach = {
  readonly consumer: string;
  readonly state: "reached" | "behind" | "inline" | "unknown";
  readonly reachedVersion: number | null;
  readonly versionsBehind: number | null;
  /** Since when the first event that it has not reached waits, in milliseconds up to now. */
  readonly waitingMs: number | null;
};

/** The head of a stream's page; its events come from `streamEvents`, its state from time travel. */
export type StreamPage = {
  readonly stream: StreamRow;
  readonly firstAt: string | null;
  readonly lastAt: string | null;
  /** Whether a decider can fold it, the commands it takes, and whether its states are put aside. */
  readonly decider: {
    readonly category: string;
    readonly commands: readonly string[];
    readonly snapshots: boolean;
  } | null;
  /** Versions at which a snapshot of this code stands; newest first. */
  readonly snapshots: readonly { readonly version: number; readonly takenAt: string }[];
  readonly readModels: readonly StreamReach[];
};

/** How many of a stream's newest events are looked at to tell which read models have them. */
const NEWEST_MAX = 200;

/** Reads the head of a stream's page. Throws `NotFound`. */
export async function streamPage({ reads, catalog }: QueryContext, stream: string): Promise<StreamPage> {
  checkText(stream, "stream");
  const folds = catalog.decider(categoryOf(stream));
  const fingerprint = folds?.snapshots ? fingerprintOf(folds, catalog.modules) : "";
  const [[record], snapshots, newest, consumers] = await Promise.all([
    reads.query<StreamRecord & { slice: number; first_at: string | null; last_at: string | null }>(
      `select ${streamColumns}, s.slice,
              (select e.recorded_at from events e where e.position = s.first_position) as first_at,
              (select e.recorded_at from events e where e.position = s.last_position) as last_at
         from streams s where s.stream = $1 and s.version > 0`,
      [stream],
    ),
    reads.query<{ version: bigint; taken_at: string }>(
      "select version, taken_at from snapshots where stream = $1 and fingerprint = $2 order by version desc limit 200",
      [stream, fingerprint],
    ),
    reads.query<Newest>(
      `select e.version, e.position, e.type, (extract(epoch from clock_timestamp() - e.recorded_at) * 1000)::float8 as age_ms
         from events e where e.stream = $1 order by e.version desc limit $2::int`,
      [stream, NEWEST_MAX],
    ),
    reads.query<ConsumerReach>(
      `select c.name, c.mode, c.types, p.checkpoint
         from consumers c
         left join consumer_partitions p on p.consumer = c.name and p.generation = c.generation
              and (select s.slice from streams s where s.stream = $1) >= p.slice_from
              and (select s.slice from streams s where s.stream = $1) < p.slice_to
        where c.kind = 'projection' order by c.name`,
      [stream],
    ),
  ]);
  if (!record) throw new NotFound("stream", stream);
  const row = toStreamRow(record);
  const decider = catalog.decider(row.category);
  const types = new Set(newest.map((event) => event.type));
  return {
    stream: row,
    firstAt: record.first_at,
    lastAt: record.last_at,
    decider: decider
      ? {
          category: decider.category,
          commands: Object.keys(decider.commands),
          snapshots: decider.snapshots !== undefined,
        }
      : null,
    snapshots: snapshots.map((snapshot) => ({ version: Number(snapshot.version), takenAt: snapshot.taken_at })),
    readModels: consumers
      .filter((consumer) => consumer.types.some((type) => types.has(type)))
      .map((consumer) => reachOf(consumer, newest, row.version)),
  };
}

type Newest = {
  readonly version: bigint;
  readonly position: bigint;
  readonly type: string;
  readonly age_ms: number;
};

type ConsumerReach = {
  readonly name: string;
  readonly mode: "async" | "inline";
  readonly types: string[];
  readonly checkpoint: bigint | null;
};

/** Only events that the consumer handles can be waiting; the others it has nothing to do with. */
function reachOf(consumer: ConsumerReach, newest: readonly Newest[], version: number): StreamReach {
  const { name, mode, checkpoint } = consumer;
  if (mode === "inline") {
    return { consumer: name, state: "inline", reachedVersion: version, versionsBehind: 0, waitingMs: 0 };
  }
  if (checkpoint === null) {
    return { consumer: name, state: "unknown", reachedVersion: null, versionsBehind: null, waitingMs: null };
  }
  const open = newest.filter((event) => event.position > checkpoint && consumer.types.includes(event.type));
  const oldest = open.at(-1);
  if (!oldest) return { consumer: name, state: "reached", reachedVersion: version, versionsBehind: 0, waitingMs: 0 };
  const seenAll = newest.length < NEWEST_MAX || (newest.at(-1)?.position ?? 0n) <= checkpoint;
  return {
    consumer: name,
    state: "behind",
    reachedVersion: seenAll ? Number(oldest.version) - 1 : null,
    versionsBehind: seenAll ? open.length : null,
    waitingMs: Math.max(0, Math.round(oldest.age_ms)),
  };
}
