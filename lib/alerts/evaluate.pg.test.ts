import { expect, test } from "vitest";
import { createReadDatabase } from "@/lib/db/read-database";
import { alerts, database, evaluate, later, park, sql } from "@/lib/testing/alert-store";
import { cutPool } from "@/lib/testing/cut-pool";
import { evaluateAlerts } from "./evaluate";

test("a store in which all is well has no alert, and says when that was seen", async () => {
  expect(await evaluate()).toBe(true);
  expect(await alerts()).toEqual([]);
  expect(await sql("select evaluated_by from alert_watch")).toEqual([{ evaluated_by: "w" }]);
});

test("a silenced cause is not told of, and neither is its end; when the silence is over it fires", async () => {
  await sql(
    "insert into alert_silences (rule, subject, until, reason, silenced_by) values ('dead-letters-parked', 'one', clock_timestamp() + interval '1 hour', 'known', 'ada')",
  );
  await sql("update alert_channels set states = '{firing,resolved}'");
  await park();
  await evaluate();
  expect(await alerts()).toMatchObject([{ state: "silenced", told: null }]);
  await sql("update alert_silences set until = clock_timestamp() - interval '1 second'");
  await evaluate();
  expect(await alerts()).toMatchObject([{ state: "firing", steps: ["silenced", "firing"], told: ["alert.firing"] }]);
});

test("killed before any statement, the evaluator leaves nothing half done: the next tells of each step once", async () => {
  await park("first");
  await evaluate();
  await park("second");
  await sql("delete from dead_letters where fingerprint = 'first'");
  await evaluate();
  await later(600);
  // Now one alert is to resolve, one to stay, and one to open.
  await park("third");
  const before = await alerts();
  let cuts = 0;
  for (; ; cuts++) {
    const cut = cutPool(database.pool, cuts);
    const done = await evaluate("w", cut.pool).catch((error: Error) => {
      expect(error.message).toContain("cut after");
      return "cut";
    });
    if (done !== "cut") break;
    expect(await alerts()).toEqual(before);
  }
  expect(cuts).toBeGreaterThan(10);
  await evaluate("w");
  expect((await alerts()).map(({ subject, steps, told }) => ({ subject, steps, told }))).toEqual([
    { subject: "first", steps: ["firing", "resolved"], told: ["alert.firing", "alert.resolved"] },
    { subject: "second", steps: ["firing"], told: ["alert.firing"] },
    { subject: "third", steps: ["firing"], told: ["alert.firing"] },
  ]);
});

test("two evaluate, one at a time; who has lost the duty while it looked writes nothing", async () => {
  await park();
  expect(await evaluate("w")).toBe(true);
  expect(await evaluate("other")).toBe(false);
  await sql("delete from dead_letters");
  await evaluate("w");
  await later(600);
  // It looks, is frozen, and wakes when another has the duty.
  const frozen = createReadDatabase(database.pool);
  const late = evaluateAlerts({
    pool: database.pool,
    owner: "w",
    reads: {
      query: async (text, values) => {
        await sql(
          "update duties set owner = 'other', epoch = epoch + 1, lease_expires_at = clock_timestamp() + interval '1 hour' where name = 'alert-evaluator'",
        );
        return frozen.query(text, values);
      },
    },
  });
  expect(await late).toBe(false);
  expect((await alerts())[0]?.state).toBe("firing");
  expect(await evaluate("other")).toBe(true);
  expect((await alerts())[0]?.steps).toEqual(["firing", "resolved"]);
});

test("transitions are only added: the application cannot change what was", async () => {
  await park();
  await evaluate();
  await expect(sql("update alert_transitions set by = 'nobody'")).rejects.toThrow(/permission denied/);
  await expect(sql("delete from alert_transitions")).rejects.toThrow(/permission denied/);
});

test("a rule whose look takes too long is said to be blind and moves nothing; all others go on", async () => {
  await park();
  const real = createReadDatabase(database.pool);
  const reads = (slow: RegExp) => ({
    query: <Row extends object>(text: string, values?: readonly unknown[]) =>
      slow.test(text)
        ? Promise.reject(Object.assign(new Error("canceling statement due to statement timeout"), { code: "57014" }))
        : real.query<Row>(text, values),
  });
  const look = (slow: RegExp) => evaluateAlerts({ pool: database.pool, owner: "w", reads: reads(slow) });
  expect(await look(/floor_holders/)).toBe(true);
  expect(await alerts()).toMatchObject([{ rule: "dead-letters-parked", state: "firing" }]);
  expect(await sql("select blind from alert_watch")).toEqual([{ blind: ["high-water-held"] }]);
  // What it cannot see any more is not over.
  await sql("delete from dead_letters");
  await look(/from dead_letters/);
  await later(600);
  await look(/from dead_letters/);
  expect(await alerts()).toMatchObject([{ state: "firing" }]);
  await evaluate();
  await later(600);
  await evaluate();
  expect(await alerts()).toMatchObject([{ state: "resolved" }]);
  expect(await sql("select blind from alert_watch")).toEqual([{ blind: [] }]);
});

test("hours in which a lag could not be told are counted as unknown, and what comes after them is counted", async () => {
  await sql(
    `insert into lag_samples (consumer, at, age_ms, events, checkpoint, high_water)
       select 'counter-totals', date_trunc('minute', clock_timestamp()) - interval '4 hours' + n * interval '1 second',
              case when n < 60 then 5 when n < 14280 then null else 5 end, 1, 0, 0 from generate_series(0, 14339) n`,
  );
  for (let round = 0; round < 3; round++) await evaluate();
  const [counted] = await sql(
    "select count(*)::int as minutes, sum(good_ms)::int as good from slo_time where consumer = 'counter-totals' and width_s = 60",
  );
  // A minute of before and one of after; a sample speaks for five seconds at most.
  expect(counted?.good).toBeGreaterThanOrEqual(115_000);
  expect(counted?.minutes).toBeGreaterThan(230);
});
