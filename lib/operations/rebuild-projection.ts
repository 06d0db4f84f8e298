import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import type { Projection } from "@/lib/define";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { committed, type OperationContext, operation } from "@/lib/operations/operation";
import { planRebuild, type RebuildPlan } from "@/lib/projections/rebuild/plan-rebuild";
import { type RebuildInput, rebuildClaim } from "@/lib/projections/rebuild/rebuild-run";
import { scopeOf } from "@/lib/projections/rebuild/rebuild-scope";
import { retireIn } from "@/lib/projections/rebuild/retire-generation";
import { readRun } from "@/lib/queries/list-runs";
import { createRun } from "@/lib/runs/create-run";
import { runKind } from "@/lib/runs/run";

const name = z.string().min(1).max(200);

/** What a rebuild takes beside its projection. */
export const rebuildFields = {
  promote: z
    .enum(["ask", "when-equal", "when-caught-up"])
    .default("ask")
    .describe(
      "`ask`: an operator decides; `when-equal`: by itself when no row differs; `when-caught-up`: whatever differs",
    ),
  since: z
    .string()
    .max(40)
    .optional()
    .describe("Only streams that something was appended to from a position on, or since a time (ISO 8601)"),
  slices: z.string().max(9).optional().describe("Only streams in a range of the 1,024 slices: `0-255`, or `7`"),
  tenant: z.string().min(1).max(200).optional().describe("Only streams that have events of this tenant"),
  perSecond: z.number().positive().max(10_000_000).optional().describe("At most so many events a second"),
};

/**
 * What a rebuild would do, with what is known of the disk: `free` bytes now, and what would be left once the new copy is
 * there; null where the database's disk cannot be seen.
 */
export type RebuildPreview = RebuildPlan & { readonly disk: { readonly free: number; readonly left: number } | null };

/**
 * Rebuilds a projection, or a part of it, beside the one that serves, as a run. The preview is the plan; what is frozen of
 * it is which generation serves, which version would be built, and the part.
 */
export const rebuildProjection = operation({
  name: "rebuild-projection",
  role: "operator",
  input: z.strictObject({ name, ...rebuildFields }),
  audited: true,
  target: (input) => input.name,
  preview: async (context, input): Promise<RebuildPreview> => {
    const projection = projectionOf(context, input.name);
    const scope = await scopeOf(context.pool, input);
    const plan = await planRebuild(context.pool, projection, context.catalog, scope);
    const free = (await context.diskFree?.()) ?? null;
    return {
      ...plan,
      seconds: atMost(plan, input.perSecond),
      disk: free === null ? null : { free, left: free - plan.bytesNow },
    };
  },
  frozen: ({ projection, version, liveVersion, liveGeneration, part }: RebuildPreview) => ({
    ...{ projection, version, liveVersion, liveGeneration, scope: part?.scope ?? null },
  }),
  approval: "optional",
  act: ({ pool, principal, runKinds }, { name: projection, promote, perSecond, reason, ticket }, audit, plan) =>
    inTransaction(pool, async (client) => {
      if (plan.blocked !== null) {
        throw new TidemarkError("conflict", `${projection} cannot be rebuilt now. ${plan.blocked}`, { projection });
      }
      const { version } = plan;
      const id = await createRun(client, runKind(runKinds, "rebuild"), {
        ...{ subject: projection, claim: rebuildClaim(projection, version), throttle: perSecond ?? null },
        ...{ input: inputOf(plan, promote), requestedBy: principal.id, reason, ticket },
      });
      const what = plan.part ? `${projection}, the ${plan.part.words}` : projection;
      const summary = `Began to rebuild ${what}, version ${version} (run ${id})`;
      const facts = { ...inputOf(plan, promote), run: String(id) };
      await audit(client, { type: "RebuildBegun", summary, facts });
      return String(id);
    }),
  observe: async (context, _, id) =>
    committed("what was asked for is a run, and is watched there", { run: await readRun(context, id) }),
});

/** Drops the tables of a generation that does not serve, for good: after that there is no going back to it. */
export const retireGeneration = operation({
  name: "retire-generation",
  role: "operator",
  input: z.strictObject({ name, generation: z.number().int().positive() }),
  audited: true,
  target: (input) => `${input.name}/${input.generation}`,
  act: (context, { name: projection, generation }, audit) =>
    inTransaction(context.pool, async (client) => {
      await retireIn(client, projectionOf(context, projection), generation);
      const summary = `Retired generation ${generation} of ${projection}`;
      await audit(client, { type: "GenerationRetired", summary, facts: { projection, generation } });
    }),
  observe: async (_, { name: projection, generation }) =>
    committed("its tables are dropped with it", { name: projection, generation, state: "retired" as const }),
});

/** A throttle makes it last at least as long as the events take at that rate. */
function atMost({ seconds, events }: RebuildPlan, perSecond: number | undefined): RebuildPlan["seconds"] {
  if (seconds === null || perSecond === undefined) return seconds;
  const least = Math.round(events.events / perSecond);
  return { low: Math.max(seconds.low, least), high: Math.max(seconds.high, least) };
}

function inputOf({ projection, version, part }: RebuildPlan, promote: RebuildInput["promote"]): RebuildInput {
  return { projection, version, promote, ...(part ? { scope: part.scope } : {}) };
}

function projectionOf({ catalog }: OperationContext, wanted: string): Projection {
  const projection = catalog.projections.find((known) => known.name === wanted);
  if (!projection) throw new NotFound("projection", wanted);
  return projection;
}
