import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import type { Projection } from "@/lib/define";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { type OperationContext, operation } from "@/lib/operations/operation";
import { planRebuild, type RebuildPlan } from "@/lib/projections/rebuild/plan-rebuild";
import { rebuildClaim } from "@/lib/projections/rebuild/rebuild-run";
import { retireIn } from "@/lib/projections/rebuild/retire-generation";
import { type RunRow, readRun } from "@/lib/queries/list-runs";
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
  perSecond: z.number().positive().max(10_000_000).optional().describe("At most so many events a second"),
};

/**
 * Rebuilds a projection beside the one that serves, as a run. The preview is the plan; what is frozen of it is which
 * generation serves and which version would be built.
 */
export const rebuildProjection = operation({
  name: "rebuild-projection",
  role: "operator",
  input: z.strictObject({ name, ...rebuildFields }),
  audited: true,
  target: (input) => input.name,
  preview: (context, input) => planRebuild(context.pool, projectionOf(context, input.name), context.catalog),
  frozen: ({ projection, version, liveVersion, liveGeneration }: RebuildPlan) => ({
    ...{ projection, version, liveVersion, liveGeneration },
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
        ...{ input: { projection, version, promote }, requestedBy: principal.id, reason, ticket },
      });
      const summary = `Began to rebuild ${projection}, version ${version} (run ${id})`;
      await audit(client, { type: "RebuildBegun", summary, facts: { projection, version, promote, run: String(id) } });
      return String(id);
    }),
  observe: async (context, _, id): Promise<{ readonly run: RunRow }> => ({ run: await readRun(context, id) }),
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
  observe: async (_, { name: projection, generation }) => ({ name: projection, generation, state: "retired" as const }),
});

function projectionOf({ catalog }: OperationContext, wanted: string): Projection {
  const projection = catalog.projections.find((known) => known.name === wanted);
  if (!projection) throw new NotFound("projection", wanted);
  return projection;
}
