import type pg from "pg";
import type { Projection } from "@/lib/define";
import { TidemarkError } from "@/lib/kernel/errors";
import { consumerFacts } from "@/lib/projections/projection-consumers";
import { type RebuildInput, rebuildClaim } from "@/lib/projections/rebuild/rebuild-run";
import { retireIn } from "@/lib/projections/rebuild/retire-generation";
import { createRun } from "@/lib/runs/create-run";
import type { LateEvents } from "@/lib/shred/late-events";
import type { Approved, ShredContext, ShredRunParts } from "@/lib/shred/shred-context";

const LOOK_MS = 250;

/**
 * Has every read model in which something of the person was found made anew, as a rebuild run of its own, and drops the
 * generations of before for good. Resolves when each serves a generation that was begun after the key was destroyed: whatever it
 * reads of the person since is forgotten. Throws `conflict` when a rebuild fails, naming it; resume it, then the shred.
 */
export async function rebuildReadModels(
  parts: ShredRunParts,
  request: Approved,
  late: LateEvents,
  context: ShredContext,
): Promise<void> {
  const wanted = modelsToRebuild(parts, request, late);
  for (const [done, projection] of wanted.entries()) {
    const { name } = projection;
    context.progress({ done, total: wanted.length, detail: name });
    await rebuilt(parts, projection, request, context);
    for (const generation of await keptGenerations(parts.pool, name)) {
      await context.step(async (client) => {
        await retireIn(client, projection, generation);
        return checkpointOf(context);
      });
    }
  }
}

/** The read models that were to be rebuilt as approved, and those that read late events and can be: they may have been quicker than the shred. */
export function modelsToRebuild(
  { catalog }: Pick<ShredRunParts, "catalog">,
  { preview }: Approved,
  { types }: LateEvents,
): readonly Projection[] {
  const approved = new Set(preview.readModels.filter(({ fate }) => fate === "rebuild").map(({ name }) => name));
  return catalog.projections.filter(
    (projection) =>
      approved.has(projection.name) ||
      (projection.mode === "async" && consumerFacts(projection, catalog).types.some((type) => types.includes(type))),
  );
}

/** Whether the generation of a projection that serves was begun after a time; false where it is not registered. */
export async function servesSince(pool: pg.Pool, name: string, time: string): Promise<boolean> {
  const { rows } = await pool.query<{ since: boolean }>(
    `select g.created_at > $2::timestamptz as since from consumers c
       join consumer_generations g on g.consumer = c.name and g.generation = c.generation where c.name = $1`,
    [name, time],
  );
  return rows[0]?.since ?? false;
}

async function rebuilt(
  { pool, rebuild }: ShredRunParts,
  projection: Projection,
  { id, destroyedAt, approvedBy }: Approved,
  context: ShredContext,
): Promise<void> {
  const { name, version } = projection;
  const claim = rebuildClaim(name, version);
  for (;;) {
    // Looked at first: one that has ended since is seen to serve, and another is not begun.
    const last = await lastRebuild(pool, claim, destroyedAt ?? "");
    if (await servesSince(pool, name, destroyedAt ?? "")) return;
    if (last?.state === "failed") {
      const message = `Run ${last.id} could not rebuild ${name}. See why on its page and resume it; then resume this run.`;
      throw new TidemarkError("conflict", message, { run: String(last.id), projection: name });
    }
    if (last === undefined || last.state === "succeeded") {
      const input: RebuildInput = { projection: name, version, promote: "when-caught-up" };
      const requestedBy = approvedBy ?? `run ${context.id}`;
      const asked = { subject: name, claim, input, requestedBy, reason: `shred request ${id}` };
      await context
        .step(async (client) => {
          await createRun(client, rebuild, asked);
          return checkpointOf(context);
        })
        .catch((error: unknown) => {
          // Another rebuild is at it, begun before the key was destroyed: it is waited for, and then ours begins.
          if (
            !(
              error instanceof TidemarkError &&
              error.code === "conflict" &&
              "run" in error.facts &&
              !context.signal.aborted
            )
          )
            throw error;
        });
    }
    await context.wait(LOOK_MS);
  }
}

/** The last rebuild that was asked for after a time and was not cancelled: one of before may have read the person's data. */
async function lastRebuild(pool: pg.Pool, claim: string, time: string) {
  const { rows } = await pool.query<{ id: bigint; state: string }>(
    `select id, state from runs where kind = 'rebuild' and claim = $1 and created_at > $2::timestamptz and state <> 'cancelled'
      order by id desc limit 1`,
    [claim, time],
  );
  return rows[0];
}

async function keptGenerations(pool: pg.Pool, name: string): Promise<readonly number[]> {
  const { rows } = await pool.query<{ generation: number }>(
    "select generation from consumer_generations where consumer = $1 and state = 'kept' order by generation",
    [name],
  );
  return rows.map(({ generation }) => generation);
}

function checkpointOf({ checkpoint, id }: ShredContext) {
  if (checkpoint) return checkpoint;
  throw new TidemarkError("internal", `Run ${id} has no checkpoint while it rebuilds.`);
}
