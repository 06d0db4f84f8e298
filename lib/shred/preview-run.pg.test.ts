import { afterAll, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { armFailpoint } from "@/lib/kernel/failpoint";
import { refuseShred } from "@/lib/operations/decide-shred";
import { requestShred } from "@/lib/operations/request-shred";
import { resumeRun } from "@/lib/runs/steer-run";
import { eventually } from "@/lib/testing/eventually";
import { createShredStore, type ShredStore } from "@/lib/testing/shred-store";

let store: ShredStore;
beforeAll(async () => {
  store = await createShredStore();
});
afterAll(async () => {
  armFailpoint(undefined);
  await store?.close();
});

test("the run that looked for what is to be forgotten keeps no stream's name: not once it has found it all, and not when the request ends before", async () => {
  const { database, context, joined, asked } = store;
  await joined("named");
  const looked = async (request: string) =>
    (
      await database.pool.query(
        "select id, state, checkpoint from runs where kind = 'preview-shred' and subject = $1",
        [request],
      )
    ).rows[0];
  const first = await asked("named");
  expect((await looked(first.id)).checkpoint).toBe("null");
  await refuseShred(context("bob"), { request: first.id, reason: "to be asked again" });

  // Its worker fails after the step in which it found the person's stream.
  armFailpoint({ label: "run.after-commit", nth: 2, action: "throw" });
  const { request } = await requestShred(context("ada"), { subject: "named", reason: "she asked for it" });
  const failed = await eventually(async () => {
    const run = await looked(request.id);
    return run.state === "failed" && run;
  });
  armFailpoint(undefined);
  expect(JSON.parse(failed.checkpoint).streams).toEqual(["member-named"]);
  await refuseShred(context("bob"), { request: request.id, reason: "she thought better of it" });
  expect((await looked(request.id)).checkpoint).toBeNull();
  await inTransaction(database.pool, (client) => resumeRun(client, BigInt(failed.id), "bob"));
  const ended = await eventually(async () => {
    const run = await looked(request.id);
    return run.state === "succeeded" && run;
  });
  expect(ended.checkpoint).toBeNull();
});
