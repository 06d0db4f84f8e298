import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import { notPersonalPaths } from "@/lib/catalog/undeclared-personal";
import { TidemarkError } from "@/lib/kernel/errors";
import { findPlain, type KnownFields, type PlainSign } from "@/lib/privacy/find-plain";
import { defineRun, type RunContext, type RunKind } from "@/lib/runs/run";
import { readMark } from "@/lib/shred/preview-run";

/** Where something personal seems to stand in plain text, in how many events, and the first of them; never the value. */
type PlainFinding = {
  readonly type: string;
  /** Within the payload; below `metadata` within the metadata. */
  readonly path: string;
  readonly sign: PlainSign;
  readonly events: number;
  readonly first: string;
};

/** How far it has come and what it found; `more` says that there were places beyond the first 500. */
type Scanned = {
  readonly after: string;
  readonly upTo: string;
  readonly events: number;
  readonly found: readonly PlainFinding[];
  readonly more: boolean;
};

const FOUND_MAX = 500;
/** One step: at most so many events, and about so many bytes. */
const STEP_EVENTS = 1_000;
const STEP_BYTES = 4 * 1024 * 1024;

const SAID: Readonly<Record<PlainSign, string>> = {
  "declared-and-plain": "declared personal, stored in plain text",
  "e-mail-address": "holds e-mail addresses",
  "phone-number": "holds phone numbers",
  "named-as-personal": "is called as a personal field is, and is not declared",
};

/**
 * The run that looks through everything stored up to now for what seems personal and stands in plain text: a shred does not
 * reach it. It changes nothing. What it found is its result and stands in its log.
 */
export function scanRun(catalog: Catalog): RunKind {
  const known = fieldsOf(catalog);
  return defineRun<Record<string, never>, Scanned>({
    kind: "scan-personal",
    steeredBy: "privacy-officer",
    unit: "events",
    phases: ["events"],
    throttled: true,
    run: async (context) => {
      if (context.checkpoint === null) {
        await context.step(async (client) => begin(await readMark(client)));
      }
      const { events, found, more } = await scan(context, known);
      for (const { type, path, sign, events: count, first } of found) {
        const where = `${count} ${count === 1 ? "event" : "events"}, the first at position ${first}`;
        await context.log(`${type} ${path}: ${SAID[sign]} (${where})`, "warn");
      }
      if (more) await context.log(`There are more places; the first ${FOUND_MAX} are listed.`, "warn");
      return { events, found, more };
    },
  });
}

function begin(upTo: bigint): Scanned {
  return { after: "0", upTo: String(upTo), events: 0, found: [], more: false };
}

type Known = { readonly of: (type: string) => KnownFields; readonly names: ReadonlySet<string> };

function fieldsOf(catalog: Catalog): Known {
  const about = notPersonalPaths(catalog.modules);
  const fields = new Map<string, KnownFields>();
  const none: ReadonlySet<string> = new Set();
  const types = catalog.modules.flatMap(({ events }) => Object.keys(events));
  const paths = types.flatMap((type) => catalog.personalPaths(type).map(({ path }) => path));
  return {
    of: (type) => {
      const personal = new Set(catalog.personalPaths(type).map(({ path }) => path));
      const found = fields.get(type) ?? { personal, notPersonal: about.get(type) ?? none };
      // Only types of the code are kept: a log may have any number of others.
      if (about.has(type)) fields.set(type, found);
      return found;
    },
    names: new Set(paths.map((path) => path.split(".").findLast((step) => step !== "*") ?? "")),
  };
}

async function scan(context: RunContext<Record<string, never>, Scanned>, known: Known): Promise<Scanned> {
  for (;;) {
    const at = context.checkpoint;
    if (at === null) throw new TidemarkError("internal", `Run ${context.id} has no checkpoint after its first step.`);
    if (at.after === at.upTo) {
      context.progress({ phase: "events", done: at.events, total: at.events, problems: at.found.length });
      return at;
    }
    let looked = 0;
    await context.step(async (client) => {
      const next = await scanOn(client, at, known);
      looked = next.events - at.events;
      const detail = `position ${next.after} of ${next.upTo}`;
      context.progress({ phase: "events", done: next.events, total: null, problems: next.found.length, detail });
      return next;
    });
    await context.pace(looked);
  }
}

type Row = {
  readonly position: bigint;
  readonly type: string;
  readonly data: string;
  readonly metadata: string | null;
};

async function scanOn(client: pg.PoolClient, at: Scanned, known: Known): Promise<Scanned> {
  const { rows } = await client.query<Row>(STEP, [at.after, at.upTo, STEP_EVENTS, STEP_BYTES]);
  const found = new Map(at.found.map((finding) => [keyOf(finding), finding]));
  let { more } = at;
  for (const { position, type, data, metadata } of rows) {
    const fields = known.of(type);
    const places = [
      ...findPlain(JSON.parse(data), fields, known.names),
      ...(metadata === null ? [] : findPlain({ metadata: JSON.parse(metadata) }, fields, known.names)),
    ];
    for (const place of places) {
      const key = keyOf({ type, ...place });
      const before = found.get(key);
      if (before) found.set(key, { ...before, events: before.events + 1 });
      else if (found.size < FOUND_MAX) found.set(key, { type, ...place, events: 1, first: String(position) });
      else more = true;
    }
  }
  const after = rows.at(-1)?.position;
  return {
    ...{ upTo: at.upTo, events: at.events + rows.length, found: [...found.values()], more },
    after: after === undefined ? at.upTo : String(after),
  };
}

function keyOf({ type, path, sign }: Pick<PlainFinding, "type" | "path" | "sign">): string {
  return JSON.stringify([type, path, sign]);
}

/** The first is always there, however large it is. */
const STEP = `
  select position, type, data, metadata from (
    select position, type, data::text as data, metadata::text as metadata,
           sum(octet_length(data::text)) over (order by position) - octet_length(data::text) as before
      from (select position, type, data, metadata from events where position > $1 and position <= $2
             order by position limit $3) as page
  ) as sized where before < $4 order by position`;
