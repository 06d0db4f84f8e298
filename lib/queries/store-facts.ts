import type { QueryContext } from "@/lib/queries/query-context";

/** A setting of the server that matters to the store; `concern` is what is wrong with its value, null when nothing is. */
type ServerSetting = {
  readonly name: string;
  readonly value: string;
  readonly why: string;
  readonly concern: string | null;
};

/** What the store stands on. Sizes are bytes, times ISO 8601 UTC; nothing here opens a door. */
export type StoreFacts = {
  readonly serverVersion: string;
  readonly database: string;
  readonly schema: string;
  /** The role the application works as, and what it may. */
  readonly role: string;
  readonly superuser: boolean;
  /** Whether that role could change or remove an event; it must not. */
  readonly mayChangeEvents: boolean;
  readonly startedAt: string;
  readonly standby: boolean;
  readonly head: string;
  readonly highWater: string;
  readonly agent: string | null;
  readonly agentCheckedAt: string | null;
  readonly databaseNow: string;
  /** This process's clock less the database's, in milliseconds; the way to the database and back is in it. */
  readonly clockOffMs: number;
  readonly roundTripMs: number;
  readonly databaseBytes: number;
  /** Tables with their indexes, the largest first. */
  readonly tables: readonly { readonly name: string; readonly bytes: number }[];
  readonly connections: { readonly open: number; readonly max: number };
  /** Whether parts of names are searched by trigrams. */
  readonly trigrams: boolean;
  readonly settings: readonly ServerSetting[];
};

const TABLES_MAX = 10;

type FactsRecord = Omit<
  StoreFacts,
  "head" | "highWater" | "clockOffMs" | "roundTripMs" | "databaseBytes" | "tables" | "connections" | "settings"
> & {
  readonly head: bigint;
  readonly highWater: bigint;
  readonly databaseBytes: bigint;
  readonly open: number;
};

/** Reads what the store stands on from the server's own catalogue. */
export async function storeFacts({ reads }: Pick<QueryContext, "reads">): Promise<StoreFacts> {
  const begun = performance.now();
  const [clock] = await reads.query<{ ms: number }>(
    "select extract(epoch from clock_timestamp())::float8 * 1000 as ms",
  );
  const roundTripMs = performance.now() - begun;
  const clockOffMs = Date.now() - roundTripMs / 2 - (clock?.ms ?? 0);
  const [[facts], tables, settings] = await Promise.all([
    reads.query<FactsRecord>(FACTS),
    reads.query<{ name: string; bytes: bigint }>(TABLES, [TABLES_MAX]),
    reads.query<{ name: string; value: string }>(
      "select name, current_setting(name) as value from pg_settings where name = any ($1)",
      [Object.keys(SETTINGS)],
    ),
  ]);
  if (!facts) throw new Error("The server's catalogue gave no answer.");
  const { open, databaseBytes, head, highWater, ...rest } = facts;
  const known = new Map(settings.map(({ name, value }) => [name, value]));
  return {
    ...rest,
    head: String(head),
    highWater: String(highWater),
    clockOffMs: Math.round(clockOffMs * 10) / 10,
    roundTripMs: Math.round(roundTripMs * 10) / 10,
    databaseBytes: Number(databaseBytes),
    tables: tables.map(({ name, bytes }) => ({ name, bytes: Number(bytes) })),
    connections: { open, max: Number(known.get("max_connections") ?? 0) },
    settings: Object.entries(SETTINGS).flatMap(([name, { why, concern }]) => {
      const value = known.get(name);
      return value === undefined ? [] : [{ name, value, why, concern: concern(value) }];
    }),
  };
}

type Judged = { readonly why: string; readonly concern: (value: string) => string | null };
const mustBe = (wanted: string, otherwise: string) => (value: string) => (value === wanted ? null : otherwise);
const told = () => null;

/** The settings that are shown, why they matter, and what is wrong with a value. */
const SETTINGS: Readonly<Record<string, Judged>> = {
  fsync: { why: "commits reach the disk", concern: mustBe("on", "events that were answered can be lost") },
  full_page_writes: { why: "pages survive a crash whole", concern: mustBe("on", "a crash can tear pages") },
  synchronous_commit: {
    why: "an answer means stored",
    concern: (value) => (value === "off" ? "answers come before commits are stored" : null),
  },
  data_checksums: { why: "a broken page is noticed", concern: mustBe("on", "a broken page is not noticed") },
  autovacuum: { why: "old row versions are cleared", concern: mustBe("on", "tables grow without end") },
  wal_level: { why: "replicas and backups", concern: told },
  max_connections: { why: "what all processes share", concern: told },
  shared_buffers: { why: "memory for pages", concern: told },
  max_wal_size: { why: "how far checkpoints lie apart", concern: told },
  server_encoding: { why: "every character can be kept", concern: mustBe("UTF8", "not every character can be kept") },
  TimeZone: { why: "times are UTC in any case", concern: told },
};

const FACTS = `
  select current_setting('server_version') as "serverVersion", current_database()::text as database,
         current_schema()::text as schema, current_user::text as role,
         coalesce((select rolsuper from pg_roles where rolname = current_user), false) as superuser,
         has_table_privilege('events', 'update') or has_table_privilege('events', 'delete')
           or has_table_privilege('events', 'truncate') as "mayChangeEvents",
         pg_postmaster_start_time() as "startedAt", pg_is_in_recovery() as standby,
         h.position as "highWater", greatest(h.position, coalesce((select max(position) from events), 0)) as head,
         h.agent, h.checked_at as "agentCheckedAt", clock_timestamp() as "databaseNow",
         pg_database_size(current_database()) as "databaseBytes",
         (select count(*)::int from pg_stat_activity where datname = current_database()) as open,
         exists (select from pg_extension where extname = 'pg_trgm') as trigrams
    from high_water h`;

const TABLES = `
  select c.relname::text as name, pg_total_relation_size(c.oid) as bytes
    from pg_class c where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'm')
   order by 2 desc limit $1::int`;
