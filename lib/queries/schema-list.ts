import { checkCompatibility, type VersionVerdict } from "@/lib/catalog/compatibility";
import { AUDIT_STREAM } from "@/lib/queries/audit-entries";
import { checkLimit, checkText } from "@/lib/queries/check-input";
import type { QueryContext } from "@/lib/queries/query-context";
import { readersOf } from "@/lib/queries/schema-readers";

/** What the log holds of one version of a type; counted up to `SchemaList.countedUpTo`. */
export type VersionVolume = {
  readonly version: number;
  readonly events: number;
  readonly firstPosition: string;
  readonly lastPosition: string;
  readonly firstAt: string;
  readonly lastAt: string;
};

/**
 * An event type as the list shows it: known to the code, retired (old events are read as others), Tidemark's own (the audit
 * of operators' acts), or only seen in the log.
 */
export type SchemaRow = {
  readonly type: string;
  readonly known: "current" | "retired" | "own" | "unknown";
  readonly module: string | null;
  /** Versions that the code reads, oldest first. */
  readonly versions: readonly number[];
  readonly seen: readonly VersionVolume[];
  /** Versions in the log that the code cannot read. */
  readonly unreadable: readonly number[];
  readonly personal: number;
  /** Deciders, projections and processes. */
  readonly readers: number;
  readonly verdict: VersionVerdict["verdict"] | null;
};

/** A page of event types in the order of their names. */
export type SchemaList = {
  readonly types: readonly SchemaRow[];
  /** `after` of the following page; null at the end. */
  readonly next: string | null;
  /** The volumes are of everything up to here. */
  readonly countedUpTo: string;
  readonly highWater: string;
};

/** Lists event types, those of the code and those of the log, by name. Throws `InvalidRequest`. */
export async function schemaList(
  context: QueryContext,
  page: { readonly after?: string | undefined; readonly limit?: number | undefined } = {},
): Promise<SchemaList> {
  const { reads, catalog } = context;
  const limit = checkLimit(page.limit);
  const after = page.after === undefined ? "" : checkText(page.after, "after");
  const described = catalog.describe();
  const [stored, marks] = await Promise.all([
    reads.query<{ type: string }>(
      `select distinct type from event_versions where type > $1 collate "C" order by type limit $2`,
      [after, limit + 1],
    ),
    readMarks(context),
  ]);
  const names = [...new Set([...stored.map(({ type }) => type), ...described.events.map(({ type }) => type)])]
    .filter((type) => byBytes(type, after) > 0)
    .sort(byBytes);
  const shown = names.slice(0, limit);
  const volumes = await volumesOf(context, shown);
  const [verdicts, own] = [checkCompatibility(described, catalog.released), await ownTypes(context, volumes)];
  return {
    types: shown.map((type) => rowOf(context, type, volumes.get(type) ?? [], verdicts, own)),
    next: names.length > limit ? (shown.at(-1) ?? null) : null,
    ...marks,
  };
}

/** How far the log has been counted, and how far it can be read. */
export async function readMarks({ reads }: QueryContext): Promise<Pick<SchemaList, "countedUpTo" | "highWater">> {
  const [marks] = await reads.query<{ counted: bigint; high_water: bigint }>(
    "select m.position as counted, h.position as high_water from event_versions_mark m cross join high_water h",
  );
  return { countedUpTo: String(marks?.counted ?? 0n), highWater: String(marks?.high_water ?? 0n) };
}

/** What the log holds of these types, by type; versions oldest first. */
export async function volumesOf(
  { reads }: QueryContext,
  types: readonly string[],
): Promise<ReadonlyMap<string, readonly VersionVolume[]>> {
  const rows = await reads.query<VolumeRow>(
    `select type, schema_version, events, first_position, last_position, first_at, last_at
       from event_versions where type = any ($1) order by type, schema_version`,
    [types],
  );
  const volumes = new Map<string, VersionVolume[]>();
  for (const row of rows) {
    const volume = {
      version: row.schema_version,
      events: Number(row.events),
      firstPosition: String(row.first_position),
      lastPosition: String(row.last_position),
      firstAt: row.first_at,
      lastAt: row.last_at,
    };
    volumes.set(row.type, [...(volumes.get(row.type) ?? []), volume]);
  }
  return volumes;
}

/** Those of the types that Tidemark writes itself, into its audit: seen by the stream of their first event. */
export async function ownTypes(
  { reads }: QueryContext,
  volumes: ReadonlyMap<string, readonly VersionVolume[]>,
): Promise<ReadonlySet<string>> {
  const firsts = [...volumes.values()].flatMap(([first]) => (first ? [first.firstPosition] : []));
  const rows = await reads.query<{ type: string }>(
    "select e.type from unnest($1::bigint[]) as f(position) join events e on e.position = f.position where e.stream = $2",
    [firsts, AUDIT_STREAM],
  );
  return new Set(rows.map(({ type }) => type));
}

type VolumeRow = {
  readonly type: string;
  readonly schema_version: number;
  readonly events: bigint;
  readonly first_position: bigint;
  readonly last_position: bigint;
  readonly first_at: string;
  readonly last_at: string;
};

function rowOf(
  { catalog }: QueryContext,
  type: string,
  seen: readonly VersionVolume[],
  verdicts: readonly VersionVerdict[],
  own: ReadonlySet<string>,
): SchemaRow {
  const described = catalog.describe().events.find((event) => event.type === type);
  const versions = described?.versions ?? [];
  const worst = RANK.find((verdict) => verdicts.some((found) => found.type === type && found.verdict === verdict));
  return {
    type,
    known: described ? (described.schema ? "current" : "retired") : own.has(type) ? "own" : "unknown",
    module: described?.module ?? null,
    versions,
    seen,
    unreadable: own.has(type)
      ? []
      : seen.map(({ version }) => version).filter((version) => !versions.includes(version)),
    personal: described?.personal.length ?? 0,
    readers: readersOf(catalog, type).length,
    verdict: worst ?? null,
  };
}

/** Worst first. */
const RANK = ["unreadable", "changed", "not-released", "as-released"] as const;

/** The order of the database: by bytes, not by anybody's alphabet. */
function byBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
