import { expect, test } from "vitest";
import { createReadDatabase } from "@/lib/db/read-database";
import { InvalidRequest } from "@/lib/kernel/errors";
import { overviewThen } from "@/lib/queries/moment/overview-then";
import type { QueryContext } from "@/lib/queries/query-context";
import { database, evaluate, later, park, sql } from "@/lib/testing/alert-store";
import { counterCatalog } from "@/lib/testing/counter-domain";

const context = (): QueryContext => ({ reads: createReadDatabase(database.pool), catalog: counterCatalog });
const clock = async () => String((await sql("select clock_timestamp() as now"))[0]?.now);

test("the page of then has what fired then, under the name of then, and what was set aside then, whatever became of it", async () => {
  const calm = await clock();
  await park();
  await evaluate();
  const hurt = await clock();
  await park();
  await evaluate();
  await sql("update dead_letters set state = 'skipped', outcome = 'skipped', closed_at = clock_timestamp()");
  await evaluate();
  await later(60);
  await evaluate();
  expect(await sql("select state from alerts")).toEqual([{ state: "resolved" }]);
  const over = await clock();

  const [before, during, after] = [
    await overviewThen(context(), calm),
    await overviewThen(context(), hurt),
    await overviewThen(context(), over),
  ];
  expect(before).toMatchObject({ alerts: [], letters: [] });
  expect(during.alerts).toMatchObject([{ rule: "dead-letters-parked", state: "firing", value: 1 }]);
  // Two were parked later; at the moment it was one.
  expect(during.alerts[0]?.title).toMatch(/^1 parked in counter-totals/);
  expect(during.alerts[0]?.resolvedAt).not.toBeNull();
  expect(during.letters).toMatchObject([{ consumer: "counter-totals", count: 1, streams: 1, more: false }]);
  expect(after).toMatchObject({ alerts: [], letters: [] });
  // The log of then ends before what came later.
  expect(BigInt(after.head ?? 0n) - BigInt(during.head ?? 0n)).toBe(1n);
});

test("lag is that of the second, else of the minute or hour it is in, and says so; what nobody measured is not invented", async () => {
  await sql("update consumers set registered_at = '2026-01-01'");
  const sample = (at: string, age: number | null) =>
    sql(
      "insert into lag_samples (consumer, at, age_ms, events, checkpoint, high_water) values ('counter-totals', $1, $2, 4, 5, 9)",
      [at, age],
    );
  await sql("delete from lag_history");
  await sample("2026-10-01T12:00:30Z", 700);
  await sample("2026-10-01T12:00:31Z", null);
  await sql(
    `insert into lag_history (consumer, seconds, at, age_ms, events, behind, handled) values
       ('counter-totals', 60, '2026-10-01T12:05:00Z', 9000, 90, 1, 1), ('counter-totals', 3600, '2026-10-01T13:00:00Z', 70000, 800, 1, 1)`,
  );
  await sql("insert into slo_time values ('counter-totals', 60, '2026-10-01T12:05:00Z', 30000, 20000)");
  const at = async (time: string) => {
    const then = await overviewThen(context(), `2026-10-01T${time}Z`);
    return { then, consumer: then.consumers.find(({ name }) => name === "counter-totals") };
  };
  const second = await at("12:00:30.5");
  expect(second.consumer).toMatchObject({ lag: { known: true, ageMs: 700, events: 4, of: "second" }, over: null });
  expect(second.then).toMatchObject({ highWater: "9", workers: null });
  expect((await at("12:00:31.5")).consumer?.lag).toEqual({ known: false, why: "unknown" });
  const minute = await at("12:05:59");
  expect(minute.consumer).toMatchObject({ lag: { ageMs: 9_000, of: "minute" }, over: { ms: 20_000, of: "minute" } });
  expect(minute.then.highWater).toBeNull();
  expect(minute.then.notKept.join(" ")).toMatch(/worst of the minute.*high-water mark.*workers were at work/i);
  expect((await at("13:59:00")).consumer?.lag).toMatchObject({ ageMs: 70_000, of: "hour" });
  expect((await at("15:00:00")).consumer?.lag).toEqual({ known: false, why: "unmeasured" });
  // Before it was registered it was not there.
  expect((await overviewThen(context(), "2025-12-31T00:00:00Z")).consumers).toEqual([]);
});

test("a run that has ended since was under way, and a moment to come is refused", async () => {
  await sql(
    `insert into runs (kind, subject, input, phases, unit, requested_by, state, started_at, ended_at)
       values ('rebuild', 'counter-totals', '{}', '{replay}', 'events', 'ann', 'succeeded', '2026-10-01T12:00:00Z', '2026-10-01T13:00:00Z')`,
  );
  const runs = async (at: string) => (await overviewThen(context(), at)).runs;
  expect(await runs("2026-10-01T12:30:00Z")).toMatchObject([
    { kind: "rebuild", ended: "succeeded", requestedBy: "ann" },
  ]);
  expect(await runs("2026-10-01T11:30:00Z")).toEqual([]);
  expect(await runs("2026-10-01T13:30:00Z")).toEqual([]);
  await expect(overviewThen(context(), "2999-01-01T00:00:00Z")).rejects.toThrow(InvalidRequest);
});
