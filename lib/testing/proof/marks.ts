import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { createRun } from "@/lib/runs/create-run";
import { defineRun } from "@/lib/runs/run";

const STEPS = 12;

/** Makes the table that marks are put into; as the owner. */
export async function createMarks(owner: pg.Pool): Promise<void> {
  await owner.query("create table tidemark.proof_marks (run bigint, n integer, epoch bigint)");
  await owner.query("grant select, insert on tidemark.proof_marks to tidemark_app");
}

/** A long job that puts one mark a step; a step that is done twice, or not at all, shows. */
export const markingRun = defineRun<{ steps: number }, number>({
  kind: "proof-marks",
  unit: "marks",
  phases: ["mark"],
  run: async (context) => {
    for (let n = (context.checkpoint ?? 0) + 1; n <= context.input.steps; n++) {
      await context.step(async (client) => {
        await client.query("insert into proof_marks values ($1, $2, $3)", [context.id, n, context.epoch]);
        context.progress({ done: n, total: context.input.steps });
        return n;
      });
      await context.wait(20);
    }
    return { marks: context.input.steps };
  },
});

/** Asks for runs, one after the other, until it is stopped. */
export function keepMarking(pool: pg.Pool): { readonly stop: () => Promise<void> } {
  let running = true;
  const ended = (async () => {
    while (running) {
      await askUnlessLive(pool).catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  })();
  return {
    stop: async () => {
      running = false;
      await ended;
    },
  };
}

async function askUnlessLive(pool: pg.Pool): Promise<void> {
  const { rowCount } = await pool.query("select 1 from runs where kind = $1 and ended_at is null limit 1", [
    markingRun.kind,
  ]);
  if (rowCount) return;
  await inTransaction(pool, (client) =>
    createRun(client, markingRun, { input: { steps: STEPS }, requestedBy: "the proof" }),
  );
}
