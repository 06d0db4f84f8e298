import { isUuid } from "@/lib/kernel/ids";
import { parsePosition } from "@/lib/kernel/position";
import { checkText, invalid } from "@/lib/queries/check-input";
import { facets } from "@/lib/queries/facets";
import { listStreams } from "@/lib/queries/list-streams";
import type { QueryContext } from "@/lib/queries/query-context";
import { budgetOf } from "@/lib/queries/search-in-steps";

/** What can be searched for, in the order in which it is shown. */
export const searchKinds = [
  "event",
  "position",
  "stream",
  "trace",
  "type",
  "consumer",
  "run",
  "alert",
  "command",
] as const;

/** One of them. */
export type SearchKind = (typeof searchKinds)[number];

/** Something that has the text in its name, or is named by it. */
export type SearchHit = {
  readonly kind: SearchKind;
  /** What its page is found by: an event id, a position, a name. */
  readonly id: string;
  /** One line about it. */
  readonly note: string;
  /** It is exactly what was asked for; the others only have it in their name. */
  readonly exact: boolean;
};

/** What one source came to. */
export type SearchGroup = {
  readonly kind: SearchKind;
  /** Exact ones first. */
  readonly hits: readonly SearchHit[];
  /** Whether there may be more than are listed. */
  readonly more: boolean;
  /** How long the source took. */
  readonly ms: number;
};

/** Hits of one kind that are listed. */
const HITS_MAX = 8;
/** How long names are searched where the server has no trigrams. */
const NAMES_MS = 400;

type Found = { readonly hits: readonly SearchHit[]; readonly more?: boolean };
type Source = (context: QueryContext, text: string, exactOnly: boolean) => Promise<Found>;

const sources: Readonly<Record<SearchKind, Source>> = {
  event: events,
  position: positions,
  stream: streams,
  trace: traces,
  type: types,
  consumer: async ({ catalog }, text) => {
    const names = [
      ...catalog.projections.map(({ name }) => ({ name, note: "projection" })),
      ...catalog.processes.map(({ name }) => ({ name, note: "process" })),
    ];
    return named("consumer", names, text);
  },
  run: runs,
  alert: alerts,
  command: commands,
};

/** The text that a search is for, without the marks that people paste along. Throws `InvalidRequest`. */
function searchText(given: string): string {
  const text = checkText(given.trim().replace(/^[#@]/, ""), "q");
  if (text === "") throw invalid("q", "must not be empty");
  return text;
}

/** Asks one source: bounded in what it reads and lists, at any size of the store. `exactOnly` leaves out what only resembles. */
export async function searchOne(
  context: QueryContext,
  kind: SearchKind,
  given: string,
  exactOnly = false,
): Promise<SearchGroup> {
  const begun = performance.now();
  const { hits, more = false } = await sources[kind](context, searchText(given), exactOnly);
  const ordered = [...hits].sort((a, b) => Number(b.exact) - Number(a.exact));
  return { kind, hits: ordered, more, ms: Math.round((performance.now() - begun) * 10) / 10 };
}

/** Everything that is exactly what was asked for, in the order of kinds. */
export async function findExact(context: QueryContext, given: string): Promise<readonly SearchHit[]> {
  const groups = await Promise.all(searchKinds.map((kind) => searchOne(context, kind, given, true)));
  return groups.flatMap(({ hits }) => hits.filter(({ exact }) => exact));
}

async function events({ reads }: QueryContext, text: string): Promise<Found> {
  const id = text.toLowerCase();
  if (!isUuid(id)) return { hits: [] };
  const rows = await reads.query<{ type: string; stream: string; position: bigint }>(
    "select type, stream, position from events where event_id = $1 and position <= (select position from high_water)",
    [id],
  );
  const hits = rows.map(({ type, stream, position }) => ({ note: `${type} of ${stream} at #${position}` }));
  return { hits: hits.map(({ note }) => ({ kind: "event", id, note, exact: true })) };
}

/** Commands by name, and those that were handled by their id. */
async function commands({ reads, catalog }: QueryContext, text: string): Promise<Found> {
  const id = text.toLowerCase();
  if (!isUuid(id)) {
    const names = catalog.describe().commands.map(({ category, name, description }) => ({
      name: `${category}.${name}`,
      note: description,
    }));
    return named("command", names, text);
  }
  const rows = await reads.query<{ command: string; stream: string; outcome: string }>(
    "select command, stream, outcome from command_log where id = $1",
    [id],
  );
  const notes = rows.map(({ command, stream, outcome }) => `${command} on ${stream}, ${outcome}`);
  return { hits: notes.map((note) => ({ kind: "command", id, note, exact: true })) };
}

async function positions({ reads }: QueryContext, text: string): Promise<Found> {
  const position = parsePosition(text.replaceAll(",", ""));
  if (position === undefined) return { hits: [] };
  const rows = await reads.query<{ type: string; stream: string; position: bigint }>(
    `select type, stream, position from events where position >= $1 and position <= (select position from high_water)
      order by position limit 1`,
    [position],
  );
  const hits = rows.map(({ type, stream, position: at }): SearchHit => {
    const exact = at === position;
    return { kind: "position", id: String(at), note: `${type} of ${stream}${exact ? "" : ", the next one"}`, exact };
  });
  return { hits };
}

async function streams(context: QueryContext, text: string, exactOnly: boolean): Promise<Found> {
  const rows = await context.reads.query<{ stream: string; version: bigint }>(
    "select stream, version from streams where stream = $1 and version > 0",
    [text],
  );
  const exact = rows.map(({ stream, version }) => hitOf(stream, Number(version), true));
  if (exactOnly) return { hits: exact };
  const begins = await listStreams(context, { prefix: text, sort: "name", limit: HITS_MAX });
  // Who has the name, or enough that begins with it, is not kept waiting for names that hold it somewhere.
  const enough = exact.length > 0 || begins.next !== null;
  const holds = enough
    ? begins
    : await listStreams(context, { contains: text, sort: "name", limit: HITS_MAX }, budgetOf(NAMES_MS));
  const others = new Map([...begins.streams, ...holds.streams].map(({ stream, version }) => [stream, version]));
  others.delete(text);
  const resembling = [...others].slice(0, HITS_MAX).map(([stream, version]) => hitOf(stream, version, false));
  return { hits: [...exact, ...resembling], more: holds.next !== null || begins.next !== null };
}

function hitOf(stream: string, version: number, exact: boolean): SearchHit {
  return { kind: "stream", id: stream, note: `at version ${version}`, exact };
}

async function traces({ reads }: QueryContext, text: string): Promise<Found> {
  const rows = await reads.query<{ type: string; recorded_at: string }>(
    `select type, recorded_at from events
      where correlation_id = $1 and position <= (select position from high_water) order by correlation_id, position limit 1`,
    [text],
  );
  const hits = rows.map(({ type, recorded_at }) => ({ note: `began with ${type} at ${recorded_at}` }));
  return { hits: hits.map(({ note }) => ({ kind: "trace", id: text, note, exact: true })) };
}

async function types(context: QueryContext, text: string): Promise<Found> {
  const [{ types: stored }, [there]] = await Promise.all([
    facets(context),
    context.reads.query("select from events where type = $1 order by type, position limit 1", [text]),
  ]);
  const declared = context.catalog.describe().events.map(({ type }) => type);
  const names = [...new Set([...(there ? [text] : []), ...stored, ...declared])];
  return named(
    "type",
    names.map((name) => ({ name, note: declared.includes(name) ? "event type" : "event type, not in the code" })),
    text,
  );
}

async function runs({ reads }: QueryContext, text: string): Promise<Found> {
  const id = /^(?:R-)?([1-9]\d{0,17})$/i.exec(text)?.[1];
  const rows = await reads.query<{ id: bigint; kind: string; subject: string | null; state: string }>(
    `select id, kind, subject, state from runs where id = $1::bigint or kind = $2 or subject = $2 order by id desc limit ${HITS_MAX + 1}`,
    [id ?? null, text],
  );
  const hits = rows.slice(0, HITS_MAX).map(({ id: run, kind, subject, state }): SearchHit => {
    // A bare number is a position before it is a run.
    const exact = String(run) === id && /^R-/i.test(text);
    return { kind: "run", id: String(run), note: `${kind}${subject ? ` of ${subject}` : ""}, ${state}`, exact };
  });
  return { hits, more: rows.length > HITS_MAX };
}

/** An alert is named `A-12`; a bare number is something else. */
async function alerts({ reads }: QueryContext, text: string): Promise<Found> {
  const id = /^A-([1-9]\d{0,17})$/i.exec(text)?.[1];
  if (id === undefined) return { hits: [] };
  const rows = await reads.query<{ title: string; state: string }>(
    "select title, state from alerts where id = $1::bigint",
    [id],
  );
  return { hits: rows.map(({ title, state }) => ({ kind: "alert", id, note: `${title}, ${state}`, exact: true })) };
}

function named(
  kind: SearchKind,
  names: readonly { readonly name: string; readonly note: string }[],
  text: string,
): Found {
  const wanted = text.toLowerCase();
  const fitting = names.filter(({ name }) => name.toLowerCase().includes(wanted));
  const hits = fitting.map(({ name, note }): SearchHit => ({ kind, id: name, note, exact: name === text }));
  hits.sort((a, b) => Number(b.exact) - Number(a.exact));
  return { hits: hits.slice(0, HITS_MAX), more: hits.length > HITS_MAX };
}
