import type pg from "pg";
import type { Catalog } from "@/lib/catalog/catalog";
import { isRetryable } from "@/lib/db/unavailable";
import type { Projection } from "@/lib/define";
import { NotFound, TidemarkError, Unavailable } from "@/lib/kernel/errors";
import { beginRebuild } from "@/lib/projections/rebuild/begin-rebuild";
import { catchUp, replayByWorkers } from "@/lib/projections/rebuild/catch-up";
import { type Comparison, compareGenerations, isEqual } from "@/lib/projections/rebuild/compare-generations";
import { GenerationBehind, promoteIn, SwitchHeldUp } from "@/lib/projections/rebuild/promote-generation";
import type { RebuildScope } from "@/lib/projections/rebuild/rebuild-scope";
import { type PartReplay, refoldPart } from "@/lib/projections/rebuild/refold-part";
import { replayFold } from "@/lib/projections/rebuild/replay-fold";
import { retireIn } from "@/lib/projections/rebuild/retire-generation";
import { defineRun, type RunContext, type RunFacts, type RunKind } from "@/lib/runs/run";
import { lockConsumer } from "@/lib/subscriptions/register-consumer";

/**
 * When a rebuilt generation is promoted. `ask`: when an operator says so; `when-equal`: by itself when no row differs,
 * otherwise an operator is asked; `when-caught-up`: by itself, whatever differs; `when-alone`: by itself when no worker
 * can move the one that serves any more, otherwise an operator is asked (what a deploy does).
 */
type PromoteMode = "ask" | "when-equal" | "when-caught-up" | "when-alone";

/** What a rebuild is asked for. `generation` is given when registering code has made it already. */
export type RebuildInput = {
  readonly projection: string;
  readonly version: number;
  readonly promote: PromoteMode;
  readonly generation?: number;
  /** The part that is made anew; all of it when absent. */
  readonly scope?: RebuildScope;
};

/** How far a rebuild is. */
type Rebuilt = {
  readonly generation: number;
  readonly live: number;
  readonly until: string;
  readonly compared?: Comparison;
  readonly promoted?: boolean;
};

type Context = RunContext<RebuildInput, Rebuilt>;

/** The name under which only one rebuild of a version of a projection runs. */
export function rebuildClaim(projection: string, version: number): string {
  return `rebuild ${projection}@${version}`;
}

/**
 * Rebuilds a projection beside the one that serves: replays the log into a new generation, lets it catch up, compares the
 * two row by row, and promotes it or waits to be told. Cancelled, it drops what it made. The old one is kept and reverted
 * to by the same switch. Nothing outside the read model's tables is touched: process managers and relays are consumers of
 * their own and receive nothing.
 */
export function rebuildRun(pool: pg.Pool, projections: readonly Projection[], catalog: Catalog): RunKind {
  const open = (input: RebuildInput) => projectionOf(projections, input);
  return defineRun<RebuildInput, Rebuilt>({
    kind: "rebuild",
    unit: "positions",
    phases: ["prepare", "replay", "catch-up", "verify", "swap"],
    throttled: true,
    run: (context) => rebuild(pool, catalog, open(context.input), context),
    undo: async (context) => {
      const { checkpoint, input } = context;
      if (!checkpoint) return;
      await context.step(async (client) => {
        await retireIn(client, open(input), checkpoint.generation);
        return checkpoint;
      });
    },
    promote: async (client, run, decide) => {
      const { checkpoint, projection } = standing(projections, run);
      if (run.state !== "awaiting-decision") throw notNow(run, "promoted", "It has not been compared yet.");
      const { kept } = await promoteIn(client, projection, checkpoint.generation);
      await decide("promote");
      return `Promoted generation ${checkpoint.generation} of ${projection.name}; generation ${kept} is kept`;
    },
    revert: async (client, run) => {
      const { checkpoint, projection } = standing(projections, run);
      if (run.state !== "succeeded") throw notNow(run, "reverted", "It has not promoted anything.");
      await refuseOthers(client, run, projection.name, checkpoint.generation);
      const { kept } = await promoteIn(client, projection, checkpoint.live);
      return `Went back to generation ${checkpoint.live} of ${projection.name}; generation ${kept} is kept`;
    },
  });
}

async function rebuild(pool: pg.Pool, catalog: Catalog, projection: Projection, context: Context): Promise<unknown> {
  if (!context.checkpoint) await context.step((client) => prepare(client, catalog, projection, context));
  const { generation, live, until } = checkpointOf(context);
  const target = { pool, projection, catalog, generation, live, until: BigInt(until) };
  if (!checkpointOf(context).promoted) {
    if (!checkpointOf(context).compared) {
      if (projection.style === "fold") await replay(pool, catalog, projection, generation, context);
      else await replayByWorkers(target, context);
      await catchUp(target, context);
      await verify(target, context);
    }
    await decide(target, context);
  }
  context.progress({ phase: "swap", unit: "positions", done: Number(until), total: Number(until), detail: null });
  const { compared } = checkpointOf(context);
  return { generation, kept: live, compared: compared ? withoutSample(compared) : null };
}

/** A generation that registering made is taken over; otherwise the next one is made. */
async function prepare(
  client: pg.PoolClient,
  catalog: Catalog,
  projection: Projection,
  context: Context,
): Promise<Rebuilt> {
  const { generation: given } = context.input;
  const { generation, until } =
    given === undefined
      ? await beginRebuild(client, projection, catalog, `run ${context.id}`, context.input.scope)
      : await begunByRegistering(client, projection.name, given);
  const { rows } = await client.query<{ generation: number }>("select generation from consumers where name = $1", [
    projection.name,
  ]);
  return { generation, until: String(until), live: rows[0]?.generation ?? 0 };
}

async function begunByRegistering(client: pg.PoolClient, name: string, generation: number) {
  const { rows } = await client.query<{ until: bigint }>(
    "select replay_until as until from consumer_generations where consumer = $1 and generation = $2 and state = 'building'",
    [name, generation],
  );
  const [row] = rows;
  if (row) return { generation, until: row.until };
  throw new TidemarkError("conflict", `Generation ${generation} of ${name} is not being built any more.`, {
    consumer: name,
    generation,
  });
}

async function replay(
  pool: pg.Pool,
  catalog: Catalog,
  projection: Projection & { readonly style: "fold" },
  generation: number,
  context: Context,
): Promise<void> {
  const { scope } = context.input;
  if (scope) return await replayPart({ pool, catalog, projection, generation, scope }, context);
  let read = 0;
  const done = await replayFold({
    ...{ pool, projection, catalog, generation, signal: context.signal, onWritten: context.kept },
    onProgress: async ({ position, until, events, at }) => {
      const detail = at === null ? null : `replaying ${at.slice(0, 10)}, ${events.toLocaleString("en")} events read`;
      context.progress({ phase: "replay", done: Number(position), total: Number(until), detail });
      const units = events - read;
      read = events;
      // Told to stop, the replay writes what it has folded and ends by itself.
      if (!context.signal.aborted) await context.pace(units).catch(() => undefined);
    },
  });
  if (!done) await context.wait(0);
}

async function replayPart(
  target: Omit<PartReplay, "signal" | "onProgress" | "onWritten">,
  context: Context,
): Promise<void> {
  const done = await refoldPart({
    ...target,
    ...{ signal: context.signal, onWritten: context.kept },
    onProgress: async ({ refolded, streams, copied }, events) => {
      const detail = `${copied.toLocaleString("en")} rows copied, streams of the part folded from their first event`;
      context.progress({ phase: "replay", unit: "streams", done: refolded, total: streams, detail });
      if (!context.signal.aborted) await context.pace(events).catch(() => undefined);
    },
  });
  if (!done) await context.wait(0);
}

type Target = Parameters<typeof catchUp>[0];

async function verify(target: Target, context: Context): Promise<void> {
  const { projection, generation } = target;
  context.progress({ phase: "verify", unit: "rows", done: 0, total: null, detail: "comparing row by row" });
  const compared = await compareGenerations(target, (rows) => context.progress({ phase: "verify", done: rows }));
  await context.step(async (client) => {
    await client.query("update consumer_generations set compared = $3 where consumer = $1 and generation = $2", [
      ...[projection.name, generation, JSON.stringify(compared)],
    ]);
    return { ...checkpointOf(context), compared };
  });
  await context.log(sentence(compared));
}

/** Promotes by itself where that was asked for, and otherwise waits for an operator, whose act does it. */
async function decide(target: Target, context: Context): Promise<void> {
  const { pool, projection, generation } = target;
  const { compared } = checkpointOf(context);
  const { promote } = context.input;
  const byItself = promote === "when-caught-up" || (promote === "when-equal" && compared && isEqual(compared));
  const promoteHere = async (): Promise<void> => {
    for (;;) {
      try {
        return await context.step(async (client) => {
          await promoteIn(client, projection, generation);
          return { ...checkpointOf(context), promoted: true };
        });
      } catch (error) {
        // The one that serves has run ahead since they were compared, or is held for a moment: no reason to give up.
        const passes = error instanceof GenerationBehind || error instanceof SwitchHeldUp || isRetryable(error);
        if (!passes) throw error;
        await catchUp(target, context);
      }
    }
  };
  if (byItself) return promoteHere();
  const question = `Promote generation ${generation} of ${projection.name}? ${compared ? sentence(compared) : ""}`;
  context.progress({ detail: compared ? sentence(compared) : null });
  try {
    await context.awaitDecision(question, async () => {
      if (promote === "when-alone" && (await standsAlone(pool, projection.name))) throw new Alone();
      return false;
    });
  } catch (error) {
    if (!(error instanceof Alone)) throw error;
    await context.log("no worker can move the generation that serves any more, so this one is promoted");
    await promoteHere();
  }
}

/** Nobody needs to decide any more. */
class Alone extends Error {}

/** Whether the generation that serves has had no worker for ten seconds, and so will not move again by itself. */
async function standsAlone(pool: pg.Pool, name: string): Promise<boolean> {
  const { rows } = await pool.query<{ alone: boolean }>(
    `select coalesce(bool_and(coalesce(p.lease_expires_at, c.created_at) < clock_timestamp() - interval '10 seconds'), false) as alone
       from consumers c join consumer_partitions p on p.consumer = c.name and p.generation = c.generation where c.name = $1`,
    [name],
  );
  return rows[0]?.alone ?? false;
}

function checkpointOf(context: Context): Rebuilt {
  if (context.checkpoint) return context.checkpoint;
  throw new TidemarkError("internal", `Run ${context.id} has no checkpoint after its first step.`);
}

/** The code of the version that the rebuild was asked for; a worker that has another one leaves the run to others. */
function projectionOf(projections: readonly Projection[], { projection: name, version }: RebuildInput): Projection {
  const projection = projections.find((known) => known.name === name);
  if (projection?.version === version) return projection;
  if (!projection) throw new NotFound("projection", name);
  throw new Unavailable(
    `This worker has version ${projection.version} of ${name}; the rebuild is of version ${version} and waits for a worker that has it.`,
  );
}

function standing(
  projections: readonly Projection[],
  run: RunFacts,
): { readonly checkpoint: Rebuilt; readonly projection: Projection } {
  const checkpoint = run.checkpoint as Rebuilt | null;
  if (!checkpoint) throw notNow(run, "switched", "It has not begun yet.");
  return { checkpoint, projection: projectionOf(projections, run.input as RebuildInput) };
}

/** Going back from another generation than the one that the run made would undo somebody else's promotion. */
async function refuseOthers(client: pg.PoolClient, run: RunFacts, name: string, generation: number): Promise<void> {
  await lockConsumer(client, name);
  const { rows } = await client.query<{ serves: number }>(
    "select generation as serves from consumers where name = $1",
    [name],
  );
  if (rows[0]?.serves === generation) return;
  throw notNow(run, "reverted", `Generation ${rows[0]?.serves} of ${name} serves, not ${generation}, which it made.`);
}

function notNow(run: RunFacts, what: string, why: string): TidemarkError {
  return new TidemarkError("conflict", `Run ${run.id} is ${run.state} and cannot be ${what} now. ${why}`, {
    run: String(run.id),
    state: run.state,
  });
}

/** What a comparison says in one sentence. */
function sentence({ rows, equal, differing, onlyLive, onlyNew, passed, exact }: Comparison): string {
  const n = (count: number) => count.toLocaleString("en");
  const aside = passed > 0 ? `, ${n(passed)} not compared because the one that serves lacks their events` : "";
  if (equal === rows)
    return `All ${n(rows)} rows are equal${exact ? "" : ", though the one that serves stands still"}.`;
  return `${n(equal)} of ${n(rows)} rows are equal, ${n(differing)} differ, ${n(onlyLive)} only in the one that serves, ${n(onlyNew)} only in the new one${aside}.`;
}

function withoutSample({ sample: _, ...counts }: Comparison) {
  return counts;
}
