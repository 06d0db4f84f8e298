import { afterAll, beforeAll, expect, test } from "vitest";
import { claimDeliveries, recordOutcome } from "@/lib/alerts/send/claim-deliveries";
import { writeStep } from "@/lib/alerts/write-step";
import { inTransaction } from "@/lib/db/in-transaction";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.close());

/** An alert that fires, of which a notice waits then. */
async function fire(): Promise<void> {
  await inTransaction(database.pool, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      `insert into alerts (rule, subject, severity, state, title, cause, value, worst_value, started_at, seen_at)
         values ('dead-letters-parked', 'cause-' || clock_timestamp(), 'critical', 'pending', 'parked', '{}', 1, 1, now(), now())
       returning id::text as id`,
    );
    const alert = rows[0]?.id ?? "";
    await writeStep(client, { alert, from: null, to: "firing", by: "test", reason: null, epoch: null });
  });
}

test("many that claim at once never have two of a channel on their way, and get each notice once", async () => {
  const url = "http://127.0.0.1:1/";
  await database.pool.query(
    `insert into alert_channels (name, kind, shown, secret, least_severity, states, changed_by)
       values ('hook', 'webhook', 'shown', $1, 'warning', '{firing}', 'test')`,
    [JSON.stringify({ url, secret: `whsec_${Buffer.alloc(32, 1).toString("base64")}` })],
  );
  for (let n = 0; n < 6; n++) await fire();
  const ids: string[] = [];
  await eventually(async () => {
    const all = Array.from({ length: 6 }, (_, n) => claimDeliveries(database.pool, `sender-${n}`));
    const claimed = (await Promise.all(all)).flat();
    expect(claimed.length).toBeLessThanOrEqual(1);
    for (const one of claimed) {
      ids.push(one.messageId);
      await recordOutcome(database.pool, one, { kind: "sent", status: 200, error: null });
    }
    return ids.length >= 6;
  });
  expect(new Set(ids).size).toBe(6);
  expect(await claimDeliveries(database.pool, "late")).toEqual([]);
});
