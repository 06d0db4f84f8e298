import { afterAll, beforeAll, expect, test } from "vitest";
import { newId } from "@/lib/kernel/ids";
import type { OperationContext } from "@/lib/operations/operation";
import { requestShred } from "@/lib/operations/request-shred";
import { setCoolingOff } from "@/lib/operations/set-cooling-off";
import { coolingOff } from "@/lib/queries/cooling-off";
import { createShredStore, type ShredStore } from "@/lib/testing/shred-store";

let store: ShredStore;
beforeAll(async () => {
  store = await createShredStore();
});
afterAll(() => store?.close());

const asAdmin = (): OperationContext => ({
  ...store.context("root"),
  principal: { id: "root", role: "admin", via: "token" },
});

test("an administrator says for how long every request waits at least: who asks for less is refused, by the database too; who asks for nothing gets it, and more is allowed", async () => {
  const { context, database, append } = store;
  const reason = "the policy of the house";
  for (const member of ["before", "less", "silent", "more"]) await append(member, `${member}@example.org`);
  const ask = async (subject: string, coolingMinutes?: number) =>
    (await requestShred(context("ada"), { subject, reason, ...(coolingMinutes !== undefined && { coolingMinutes }) }))
      .request;
  const before = await ask("before");
  expect(before.coolingMinutes).toBe(0);

  await expect(setCoolingOff(context("ada"), { minutes: 0, reason })).rejects.toMatchObject({ code: "forbidden" });
  await expect(setCoolingOff(asAdmin(), { minutes: 1_441, reason })).rejects.toMatchObject({ code: "invalid-request" });
  expect(await setCoolingOff(asAdmin(), { minutes: 120, reason })).toMatchObject({ minutes: 120, changedBy: "root" });
  expect(await coolingOff(context("ada"))).toMatchObject({ minutes: 120 });

  await expect(ask("less", 60)).rejects.toMatchObject({
    code: "invalid-request",
    message: expect.stringContaining("at least 120"),
  });
  expect((await ask("silent")).coolingMinutes).toBe(120);
  expect((await ask("more", 240)).coolingMinutes).toBe(240);
  const { rows } = await database.pool.query("select cooling_minutes as minutes from shred_requests where id = $1", [
    before.id,
  ]);
  expect(rows[0].minutes).toBe(0);
  await expect(
    database.pool.query(
      `insert into shred_requests (id, subject, reference, requested_by, due_at, reason, key_backup_days, cooling_minutes)
         values ($1, 'x', '\\x00', 'a script', clock_timestamp(), 'in a hurry', 7, 5)`,
      [newId()],
    ),
  ).rejects.toThrow(/asks for 120 minutes/);
  const told = await database.pool.query("select data::text as data from events where type = 'CoolingOffSet'");
  expect(JSON.parse(told.rows[0].data)).toMatchObject({ before: 0, after: 120, by: "root" });
});
