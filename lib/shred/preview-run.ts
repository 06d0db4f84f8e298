import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import type { PersonKey } from "@/lib/keys/destroy-keys";
import type { KeyStore } from "@/lib/keys/key-store";
import { noKeyStore } from "@/lib/keys/rotate-keys";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { defineRun, type RunContext, type RunKind } from "@/lib/runs/run";
import { countModelRows } from "@/lib/shred/count-model-rows";
import { countSealed, type FoundEvent, findSealed } from "@/lib/shred/find-sealed";
import { gatherTexts, type PersonalTexts } from "@/lib/shred/personal-values";
import { previewHash, type ReadModelFootprint, type ShredPreview } from "@/lib/shred/preview";
import { exportsOf } from "@/lib/shred/remove-exports";
import { readRequest } from "@/lib/shred/shred-request";

/** What a shred works with. */
export type ShredParts = { readonly pool: pg.Pool; readonly catalog: Catalog; readonly keys: KeyStore | null };

/** What both kinds of run are asked for. */
export type ShredInput = { readonly request: string };

/** How far the log was looked through, and what was found. */
type Looked = {
  readonly after: string;
  readonly upTo: string;
  readonly keys: ShredPreview["keys"];
  readonly events: number;
  readonly fields: number;
  readonly types: Readonly<Record<string, number>>;
  readonly streams: readonly string[];
  readonly parked: Readonly<Record<string, number>>;
};

const STREAMS_MAX = 1_000;

/**
 * The run that finds what forgetting a person would touch, and freezes it in the request: events by their keys, in steps through
 * all of the log, then the read models that are made of such events.
 */
export function previewRun({ pool, catalog, keys }: ShredParts): RunKind {
  return defineRun<ShredInput, Looked | null>({
    kind: "preview-shred",
    steeredBy: "privacy-officer",
    unit: "positions",
    phases: ["events", "read-models"],
    run: async (context) => {
      if (!keys) throw noKeyStore();
      const request = await readRequest(pool, context.input.request);
      if (request.state !== "requested") return { outcome: request.state };
      if (request.preview !== null) return found(request.preview);
      if (context.checkpoint === null) {
        const held = asFrozen(await keys.personKeys(request.subject));
        await context.step(async (client) => begin(held, await readMark(client)));
      }
      const looked = await lookThrough(context, request.id);
      if (looked === null) return { outcome: "ended meanwhile" };
      context.progress({ phase: "read-models", unit: "read models", done: 0, total: catalog.projections.length });
      const preview = await freeze({ pool, catalog, keys }, looked, request.subject);
      await context.step(async (client) => {
        if (await isOpen(client, request.id)) {
          await client.query(
            "update shred_requests set preview = $2, preview_hash = $3, previewed_at = clock_timestamp() where id = $1",
            [request.id, JSON.stringify(preview), previewHash(request.id, preview)],
          );
        }
        return null;
      });
      return found(preview);
    },
  });
}

function found({ events, fields, streams }: ShredPreview) {
  return { events, fields, streams: streams.count };
}

/** Whether a request still waits for its preview, locked until the caller's transaction ends: from its end on nothing is kept. */
async function isOpen(client: pg.PoolClient, id: string): Promise<boolean> {
  return (await readRequest(client, id, "lock")).state === "requested";
}

/** The high-water mark: what is below it can no longer change. */
export async function readMark(client: pg.Pool | pg.PoolClient): Promise<bigint> {
  const { rows } = await client.query<{ position: bigint }>("select position from high_water");
  return rows[0]?.position ?? 0n;
}

/** A person's keys as a preview has them. */
export function asFrozen(keys: readonly PersonKey[]): ShredPreview["keys"] {
  return keys.map(({ id, epoch, state }) => ({ id, epoch, live: state === "live" }));
}

/** Files of events with personal fields that are kept. */
async function countExports(client: pg.Pool | pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ n: number }>(
    "select count(*)::int as n from exports where not masked and subject is null and removed_at is null and finished_at is not null",
  );
  return rows[0]?.n ?? 0;
}

/** How many of these events each consumer has set aside. */
async function countParked(
  client: pg.PoolClient,
  events: readonly FoundEvent[],
): Promise<readonly { readonly consumer: string; readonly parked: number }[]> {
  if (events.length === 0) return [];
  const { rows } = await client.query<{ consumer: string; parked: number }>(
    `select l.consumer, count(distinct l.position)::int as parked from unnest($1::text[], $2::bigint[]) as e(stream, position)
       join dead_letters l on l.stream = e.stream and l.position = e.position and l.closed_at is null
      group by l.consumer order by l.consumer`,
    [events.map(({ stream }) => stream), events.map(({ position }) => position)],
  );
  return rows;
}

function begin(keys: ShredPreview["keys"], upTo: bigint): Looked {
  return { after: "0", upTo: String(upTo), keys, events: 0, fields: 0, types: {}, streams: [], parked: {} };
}

/** Resolves with null when the request has ended meanwhile. */
async function lookThrough(context: RunContext<ShredInput, Looked | null>, request: string): Promise<Looked | null> {
  for (;;) {
    const at = context.checkpoint;
    if (at === null) return null;
    context.progress({ phase: "events", done: Number(at.after), total: Number(at.upTo) });
    if (at.after === at.upTo || at.keys.length === 0) return at;
    await context.step(async (client) => ((await isOpen(client, request)) ? lookOn(client, at) : null));
  }
}

async function lookOn(client: pg.PoolClient, at: Looked): Promise<Looked> {
  const ids = at.keys.map(({ id }) => id);
  const { events, looked } = await findSealed(client, ids, { after: BigInt(at.after), upTo: BigInt(at.upTo) });
  const types = { ...at.types };
  const streams = new Set(at.streams);
  const parked = { ...at.parked };
  for (const { consumer, parked: count } of await countParked(client, events)) {
    parked[consumer] = (parked[consumer] ?? 0) + count;
  }
  let { fields } = at;
  for (const event of events) {
    fields += countSealed(event, ids);
    types[event.type] = (types[event.type] ?? 0) + 1;
    if (streams.size <= STREAMS_MAX) streams.add(event.stream);
  }
  return {
    ...at,
    after: String(looked),
    events: at.events + events.length,
    fields,
    types,
    parked,
    streams: [...streams],
  };
}

async function freeze(
  parts: ShredParts & { readonly keys: KeyStore },
  looked: Looked,
  subject: string,
): Promise<ShredPreview> {
  const { keys, upTo, events, fields, types, streams, parked } = looked;
  const live = keys.filter((key) => key.live).map(({ id }) => id);
  const span = { after: 0n, upTo: BigInt(upTo), types: Object.keys(types) };
  const texts = await gatherTexts(parts.pool, parts.keys, live, span);
  return {
    ...{ upTo, events, fields, types },
    streams: { count: Math.min(streams.length, STREAMS_MAX), more: streams.length > STREAMS_MAX },
    keys,
    readModels: await footprints(parts, Object.keys(types), texts),
    exports: await countExports(parts.pool),
    personExports: (await exportsOf(parts.pool, subject)).map(({ file }) => file),
    parked,
  };
}

/** The read models that read one of these types, with the rows in which one of the texts stands. */
async function footprints(
  { pool, catalog }: ShredParts,
  types: readonly string[],
  { texts, all }: PersonalTexts,
): Promise<readonly ReadModelFootprint[]> {
  const found: ReadModelFootprint[] = [];
  for (const projection of catalog.projections) {
    const { name, mode } = projection;
    if (!consumerFacts(projection, catalog).types.some((type) => types.includes(type))) continue;
    const rows = await countModelRows(pool, projection, texts);
    if (rows === undefined) continue;
    const clean = rows === 0 && (all || mode === "inline");
    found.push({ name, rows, fate: clean ? "none" : mode === "inline" ? "blocked" : "rebuild" });
  }
  return found;
}
