import { afterAll, beforeAll, expect, test } from "vitest";
import type { Role } from "@/lib/access/principal";
import { inTransaction } from "@/lib/db/in-transaction";
import { createReadDatabase } from "@/lib/db/read-database";
import { createEventStore } from "@/lib/event-store/store";
import type { OperationContext } from "@/lib/operations/operation";
import {
  cancelRunOperation,
  pauseRunOperation,
  resumeRunOperation,
  throttleRunOperation,
} from "@/lib/operations/steer-run";
import { readRun } from "@/lib/queries/list-runs";
import { createRun } from "@/lib/runs/create-run";
import { defineRun } from "@/lib/runs/run";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

const parts = { unit: "events", phases: ["all"], throttled: true };
const shredding = defineRun<unknown, unknown>({ kind: "shredding", steeredBy: "privacy-officer", ...parts });
const looking = defineRun<unknown, unknown>({ kind: "looking", ...parts });

function contextOf(id: string, role: Role): OperationContext {
  const { pool } = database;
  return {
    ...{ pool, reads: createReadDatabase(pool), store: createEventStore({ pool }), safety: "open", requestId: "r-1" },
    ...{ runKinds: [shredding, looking], principal: { id, role, via: "token" } },
  } as unknown as OperationContext;
}
const officer = () => contextOf("olga", "privacy-officer");

async function runOf(kind: typeof shredding, requestedBy: string): Promise<{ id: string }> {
  const id = await inTransaction(database.pool, (client) => createRun(client, kind, { input: {}, requestedBy }));
  return { id: String(id) };
}

const stateOf = async ({ id }: { id: string }) => (await readRun(officer(), id)).state;

test("a privacy officer who is no operator pauses, resumes and cancels runs about persons, and those they asked for", async () => {
  for (const run of [await runOf(shredding, "another officer"), await runOf(looking, "olga")]) {
    await pauseRunOperation(officer(), run);
    expect(await stateOf(run)).toBe("paused");
    await resumeRunOperation(officer(), run);
    expect(await stateOf(run)).toBe("waiting");
    expect(await cancelRunOperation(officer(), run)).toMatchObject({ run: { state: "cancelled" }, observed: true });
  }
});

test("to other runs, and with acts that are the operators' alone, nothing is done, and that is audited", async () => {
  const [others, own] = [await runOf(looking, "oscar"), await runOf(shredding, "olga")];
  for (const act of [pauseRunOperation, resumeRunOperation, cancelRunOperation]) {
    await expect(act(officer(), others)).rejects.toMatchObject({ code: "forbidden", facts: { needed: "operator" } });
    await expect(act(contextOf("vera", "viewer"), own)).rejects.toMatchObject({ code: "forbidden" });
  }
  await expect(throttleRunOperation(officer(), { ...own, perSecond: 1 })).rejects.toMatchObject({ code: "forbidden" });
  expect([await stateOf(others), await stateOf(own)]).toEqual(["waiting", "waiting"]);
  const { rows } = await database.pool.query(
    "select count(*)::int as refused from events where type = 'OperationRefused' and stream = 'operations-audit'",
  );
  expect(rows).toEqual([{ refused: 7 }]);
  expect(await cancelRunOperation(contextOf("oscar", "operator"), own)).toMatchObject({ observed: true });
});
