import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { InvalidRequest, NotFound, TidemarkError } from "@/lib/kernel/errors";
import { committed, operation } from "@/lib/operations/operation";
import { sloOf } from "@/lib/queries/slo-list";

/** The fields of a promise; null goes back to what the code declares, absence leaves it. */
export const sloFields = {
  objectiveMs: z
    .int()
    .min(1)
    .max(86_400_000)
    .nullable()
    .optional()
    .describe("How old the oldest event without effect may be, in milliseconds; null: as declared in code"),
  target: z
    .number()
    .min(0.5)
    .max(0.99999)
    .nullable()
    .optional()
    .describe("The share of the time, as 0.999; null: 0.999"),
};

/** Sets the objective of a consumer or its target, in the place of what its code declares. What was counted before stays. */
export const setSlo = operation({
  name: "set-slo",
  role: "operator",
  input: z.strictObject({ consumer: z.string().min(1).max(200), ...sloFields }),
  audited: true,
  target: ({ consumer }) => consumer,
  act: ({ pool, principal, consumers }, { consumer, objectiveMs, target }, audit) =>
    inTransaction(pool, async (client) => {
      if (objectiveMs === undefined && target === undefined) {
        throw new InvalidRequest("Say an objective or a target.", [{ path: "objectiveMs", message: "is missing" }]);
      }
      const { rows } = await client.query<{
        objective: number;
        set: number | null;
        target: number | null;
        mode: string;
      }>(
        `select c.slo_ms as objective, c.mode, s.objective_ms as set, s.target from consumers c left join slos s on s.consumer = c.name
          where c.name = $1 for update of c`,
        [consumer],
      );
      const [before] = rows;
      if (!before || before.mode === "inline") throw new NotFound("service level objective", consumer);
      const declared = consumers.find(({ name }) => name === consumer)?.sloMs;
      const after = {
        set: objectiveMs === undefined ? before.set : objectiveMs,
        target: target === undefined ? before.target : target,
      };
      const objective = after.set ?? (objectiveMs === null ? declared : before.objective);
      if (objective === undefined) {
        const message = `This build does not know ${consumer}, nor what its code declares. Set an objective instead.`;
        throw new TidemarkError("conflict", message, { consumer });
      }
      await client.query(
        `insert into slos (consumer, objective_ms, target, changed_by) values ($1, $2, $3, $4)
         on conflict (consumer) do update set objective_ms = $2, target = $3, changed_by = $4, changed_at = clock_timestamp()`,
        [consumer, after.set, after.target, principal.id],
      );
      await client.query("update consumers set slo_ms = $2 where name = $1", [consumer, objective]);
      await audit(client, {
        type: "SloSet",
        summary: `Set the objective of ${consumer} to ${objective} ms, ${(after.target ?? 0.999) * 100} % of the time`,
        facts: {
          consumer,
          before: { objectiveMs: before.objective, target: before.target },
          after: { objectiveMs: objective, target: after.target },
        },
      });
    }),
  observe: async (context, { consumer }) =>
    committed("an objective is a row that each sample is held against", await sloOf(context, consumer)),
});
