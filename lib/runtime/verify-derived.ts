import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import { type FoldProjection, isOfOneStream, type Projection } from "@/lib/define";
import { categoryOf } from "@/lib/kernel/stream-name";
import { verifyRows } from "@/lib/projections/verify-rows";
import { defineRun, type RunContext, type RunKind } from "@/lib/runs/run";
import type { Snapshots } from "@/lib/snapshots/snapshots";
import { findOrphans } from "@/lib/subscriptions/orphans";

type Parts = { readonly pool: pg.Pool; readonly catalog: Catalog; readonly snapshots: Snapshots };

/** How far it has come: the stage, within it the read model and the last stream, and what was looked at and found. */
type Checkpoint = {
  readonly stage: "checkpoints" | "snapshots" | "rows" | "done";
  readonly model: number;
  readonly after: string;
  readonly snapshots: number;
  readonly rows: number;
  readonly events: number;
  readonly faults: number;
};

type Context = RunContext<Record<string, never>, Checkpoint>;

const BEGINNING: Checkpoint = {
  ...{ stage: "checkpoints", model: 0, after: "", snapshots: 0, rows: 0, events: 0, faults: 0 },
};
const LISTED_MAX = 1_000;

/**
 * The run that holds what is derived from the log against it: checkpoints of consumers that no code has (orphans), all snapshots
 * against the fold of their streams, and the rows of read models whose rows are of one stream against the fold of that. Wrong
 * snapshots are taken away, as ever; all else is told and left. Read models of another kind are compared by a rebuild.
 */
export function verifyDerived(parts: Parts): RunKind {
  return defineRun<Record<string, never>, Checkpoint>({
    kind: "verify-derived",
    unit: "events",
    phases: ["checkpoints", "snapshots", "rows"],
    throttled: true,
    run: async (context) => {
      let now = context.checkpoint ?? BEGINNING;
      while (now.stage !== "done") {
        const before = now;
        await context.step(async (client) => {
          now = await STAGES[before.stage as keyof typeof STAGES](parts, context, client, before);
          context.progress({
            phase: before.stage,
            ...{ done: now.events, total: null, problems: now.faults, detail: now.after || null },
          });
          return now;
        });
        await context.pace(now.events - before.events);
      }
      const { snapshots, rows, events, faults } = now;
      context.progress({ total: events, detail: null });
      await context.log(
        `${snapshots} snapshots and ${rows} rows hold what their events come to${faults === 0 ? "" : `, but for ${faults} faults`}`,
      );
      return { snapshots, rows, events, faults };
    },
  });
}

const STAGES = { checkpoints: lookAtCheckpoints, snapshots: lookAtSnapshots, rows: lookAtRows };

async function lookAtCheckpoints(
  { catalog }: Parts,
  context: Context,
  client: pg.PoolClient,
  before: Checkpoint,
): Promise<Checkpoint> {
  const known = [...catalog.projections, ...catalog.processes].map(({ name }) => name);
  const faults = await report(context, before.faults, await findOrphans(client, known));
  return { ...before, stage: "snapshots", faults };
}

async function lookAtSnapshots(
  { snapshots }: Parts,
  context: Context,
  client: pg.PoolClient,
  before: Checkpoint,
): Promise<Checkpoint> {
  const { rows } = await client.query<{ stream: string }>(
    "select stream from snapshots where stream > $1 order by stream limit 1",
    [before.after],
  );
  const stream = rows[0]?.stream;
  if (stream === undefined) return { ...before, stage: "rows", after: "" };
  // Without a policy any more its snapshots are used by nobody.
  if (!snapshots.plan(categoryOf(stream))) return { ...before, after: stream };
  const found = await snapshots.verify(stream, { signal: context.signal, within: client });
  const faults = await report(
    context,
    before.faults,
    found.wrong.map(({ version, fault }) => `${stream} at version ${version}: ${fault}; the snapshot was taken away`),
  );
  const [seen, events] = [before.snapshots + found.same.length, before.events + found.foldedEvents];
  return { ...before, after: stream, snapshots: seen, events, faults };
}

async function lookAtRows(
  { pool, catalog }: Parts,
  context: Context,
  client: pg.PoolClient,
  before: Checkpoint,
): Promise<Checkpoint> {
  const projection = catalog.projections[before.model];
  if (projection === undefined) return { ...before, stage: "done", after: "" };
  const next = { ...before, model: before.model + 1, after: "" };
  const why = await whyNot(client, projection);
  if (why !== null) {
    await context.log(`${projection.name} is not compared here: ${why}`);
    return next;
  }
  const found = await verifyRows(pool, projection as FoldProjection, catalog, before.after);
  if (found.aside > 0) {
    await context.log(`${projection.name}: ${found.aside} streams have events that were set aside, and are left out`);
  }
  const faults = await report(context, before.faults, found.faults);
  const [rows, events] = [before.rows + found.rows, before.events + found.events];
  if (found.last === undefined) return { ...next, rows, events, faults };
  return { ...before, after: found.last, rows, events, faults };
}

/** Why its rows cannot be held against single streams, in words; null when they can. */
async function whyNot(client: pg.PoolClient, projection: Projection): Promise<string | null> {
  if (projection.style === "handler") return "it writes rows by SQL of its own; a rebuild compares them";
  if (!isOfOneStream(projection)) return "its rows gather events of several streams; a rebuild compares them";
  const { rows } = await client.query<{ version: number }>(
    `select g.version from consumers c join consumer_generations g on g.consumer = c.name and g.generation = c.generation
      where c.name = $1`,
    [projection.name],
  );
  const [serving] = rows;
  if (serving === undefined) return "no worker has registered it yet";
  if (serving.version === projection.version) return null;
  return `version ${serving.version} serves, and this code is version ${projection.version}`;
}

async function report(context: Context, before: number, found: readonly string[]): Promise<number> {
  for (const [index, fault] of found.entries()) {
    const number = before + index;
    if (number < LISTED_MAX) await context.log(fault, "error");
    if (number === LISTED_MAX) await context.log("more was found; from here on it is counted, not listed", "error");
  }
  return before + found.length;
}
