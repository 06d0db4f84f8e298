import { describe, expect, test } from "vitest";
import { createReadDatabase } from "@/lib/db/read-database";
import { alerts, counted, database, evaluate, later, park, settle, sql } from "@/lib/testing/alert-store";
import { appendRaw } from "@/lib/testing/append-raw";
import { sloStatus } from "./slo-status";

describe("each rule fires with its cause and is over when it is over", () => {
  async function overWhen(cure: () => Promise<unknown>): Promise<void> {
    await cure();
    await evaluate();
    await later(600);
    await evaluate();
    for (const alert of await alerts()) expect(alert).toMatchObject({ state: "resolved" });
  }

  test("dead letters: the offending event", async () => {
    const position = await park();
    await evaluate();
    const [alert, ...more] = await alerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({
      rule: "dead-letters-parked",
      subject: "one",
      steps: ["firing"],
      told: ["alert.firing"],
    });
    expect(JSON.parse(String(alert?.cause))).toMatchObject({
      consumer: "counter-totals",
      event: { position: String(position) },
    });
    await overWhen(() => sql("delete from dead_letters"));
    expect((await alerts())[0]?.told).toEqual(["alert.firing", "alert.resolved"]);
  });

  test("a snoozed cause opens no alert and ends none", async () => {
    await park();
    await sql(
      "insert into dead_letter_groups (fingerprint, snoozed_at, snoozed_by, snoozed_until) values ('one', clock_timestamp(), 'ada', clock_timestamp() + interval '1 hour')",
    );
    await evaluate();
    expect(await alerts()).toEqual([]);
    await sql("delete from dead_letter_groups");
    await evaluate();
    await sql(
      "insert into dead_letter_groups (fingerprint, snoozed_at, snoozed_by, snoozed_until) values ('one', clock_timestamp(), 'ada', clock_timestamp() + interval '1 hour')",
    );
    await evaluate();
    await later(600);
    await evaluate();
    expect((await alerts())[0]?.state).toBe("firing");
  });

  test("a stall: the oldest event without effect", async () => {
    const [position] = await appendRaw(database.pool, [counted]);
    await sql("select advance_high_water('w')");
    await sql(
      "update consumer_partitions set checkpoint_at = clock_timestamp() - interval '10 minutes' where consumer = 'counter-totals'",
    );
    await sql(
      "update consumer_partitions set checkpoint = (select position from high_water) where consumer <> 'counter-totals'",
    );
    await sql(
      "insert into alert_settings (rule, setting, value, changed_by) values ('consumer-stalled', 'seconds', 1, 'test')",
    );
    await sql("select pg_sleep(1.1)");
    await evaluate();
    const [alert, ...more] = await alerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ rule: "consumer-stalled", subject: "counter-totals", steps: ["firing"] });
    expect(JSON.parse(String(alert?.cause))).toMatchObject({
      event: { position: String(position), stream: "counter-1" },
    });
    await overWhen(settle);
  });

  test("a consumer that its breaker stopped; an operator's pause is none", async () => {
    await appendRaw(database.pool, [counted]);
    await sql("select advance_high_water('w')");
    await sql("update consumers set state = 'paused', state_by = 'ada' where name = 'counter-totals'");
    await evaluate();
    expect(await alerts()).toEqual([]);
    await sql("update consumers set state_by = 'breaker' where name = 'counter-totals'");
    await evaluate();
    expect(await alerts()).toMatchObject([{ rule: "consumer-stalled", state: "firing" }]);
    await overWhen(async () => {
      await sql("update consumers set state = 'running', state_by = null");
      await settle();
    });
  });

  test("a worker is missing: whose work it was; and what waits for it is not told again", async () => {
    await appendRaw(database.pool, [counted]);
    await sql("select advance_high_water('w')");
    await sql(
      "update consumer_partitions set lease_expires_at = clock_timestamp() - interval '1 minute', checkpoint_at = clock_timestamp() - interval '10 minutes' where consumer = 'counter-totals'",
    );
    await evaluate();
    const [alert, ...more] = await alerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ rule: "worker-missing", subject: "store" });
    expect(JSON.parse(String(alert?.cause))).toMatchObject({ consumers: ["counter-totals"], kinds: ["projection"] });
    await overWhen(settle);
  });

  test("the mark is held: the session that holds it, by pid and application", async () => {
    const holder = await database.owner.connect();
    try {
      await holder.query("set application_name = 'nightly-export'");
      await holder.query("begin");
      await holder.query("select tidemark.take_floor()");
      const { rows } = await holder.query<{ pid: number }>("select pg_backend_pid() as pid");
      await appendRaw(database.pool, [counted]);
      await sql("select advance_high_water('w')");
      await sql(
        "insert into alert_settings (rule, setting, value, changed_by) values ('high-water-held', 'seconds', 1, 'test')",
      );
      await sql("select pg_sleep(1.1)");
      await sql("update high_water set checked_at = clock_timestamp()").catch(() =>
        sql("select advance_high_water('w')"),
      );
      await evaluate();
      const [alert] = await alerts();
      expect(alert).toMatchObject({ rule: "high-water-held", state: "firing" });
      const { holder: told } = JSON.parse(String(alert?.cause));
      expect(told).toMatchObject({ pid: rows[0]?.pid, application: "nightly-export" });
      expect(told.transactionMs).toBeGreaterThan(1_000);
    } finally {
      await holder.query("rollback");
      holder.release();
    }
    await overWhen(settle);
  });

  test("history was changed: who found it, which positions, what stands there now; over when it is settled", async () => {
    const [position] = await appendRaw(database.pool, [counted]);
    await settle();
    await sql(
      `insert into history_alarms (run, faults, first_position, last_position, what)
         values (null, 1, $1, $1, 'changed'), (7, 3, $1, $1::bigint + 4, 'changed')`,
      [position],
    );
    await evaluate();
    const [alert, ...more] = await alerts();
    expect(more).toEqual([]);
    expect(alert).toMatchObject({ rule: "history-changed", severity: "critical", told: ["alert.firing"] });
    expect(JSON.parse(String(alert?.cause))).toMatchObject({
      ...{ kind: "history", run: "7", first: String(position), last: String((position ?? 0n) + 4n) },
      event: { stream: "counter-1" },
    });
    // Time does not heal it.
    await later(90_000);
    await evaluate();
    expect(await alerts()).toMatchObject([{ state: "firing" }]);
    await overWhen(() => sql("update history_alarms set settled_at = clock_timestamp(), settled_by = 'ada'"));
  });

  test("a request to be forgotten is overdue from its day on, or told of some days before; over when it has ended", async () => {
    await sql(
      `insert into shred_requests (id, subject, reference, requested_by, due_at, reason, key_backup_days)
         values ('01990000-0000-7000-8000-000000000001', repeat('a', 64), 'x', 'ada', clock_timestamp() + interval '2 days', 'why', 7)`,
    );
    await evaluate();
    expect(await alerts()).toEqual([]);
    await sql(
      "insert into alert_settings (rule, setting, value, changed_by) values ('requests-overdue', 'days', 3, 'test')",
    );
    await evaluate();
    expect(await alerts()).toMatchObject([{ rule: "requests-overdue", severity: "warning", steps: ["firing"] }]);
    await sql("update shred_requests set due_at = clock_timestamp() - interval '1 hour'");
    await evaluate();
    const [alert] = await alerts();
    expect(JSON.parse(String(alert?.cause))).toMatchObject({
      ...{ kind: "requests", waiting: 1, overdue: 1, first: "01990000-0000-7000-8000-000000000001" },
    });
    await overWhen(() =>
      sql(
        "update shred_requests set state = 'refused', reference = null, closed_by = 'bob', closed_reason = 'no', ended_at = clock_timestamp()",
      ),
    );
  });

  test("history is not signed: nobody with the key, or behind; what says it better is told alone", async () => {
    await sql(
      "insert into alert_settings (rule, setting, value, changed_by) values ('history-unsigned', 'seconds', 1, 'test')",
    );
    const [position] = await appendRaw(database.pool, [counted]);
    await settle();
    await sql("select pg_sleep(1.1)");
    await evaluate();
    expect(await alerts()).toMatchObject([{ rule: "history-unsigned", severity: "warning", steps: ["firing"] }]);
    expect(JSON.parse(String((await alerts())[0]?.cause))).toEqual({ kind: "signing", builder: null, upTo: "0" });
    await overWhen(async () => {
      await sql("insert into signing_keys (id, origin, verifier) values (1, 'log', 'log+1+x')");
      await sql("insert into checkpoint_notes (size, position, root, note, key) values (1, $1, sha256('x'), 'n', 1)", [
        position,
      ]);
    });
  });

  test("conflicts: their share, and a stream that meets them", async () => {
    await sql("insert into append_counts values (date_trunc('minute', clock_timestamp()), 'p', 60, 40, 'counter-hot')");
    await evaluate();
    await later(61);
    await evaluate();
    const [alert] = await alerts();
    expect(alert).toMatchObject({ rule: "append-conflicts", steps: ["pending", "firing"] });
    expect(JSON.parse(String(alert?.cause))).toMatchObject({ stream: "counter-hot", conflicts: 40 });
    await overWhen(() => sql("delete from append_counts"));
  });

  test("rebuilds: one that failed until it is begun again, one that is finished", async () => {
    const run =
      "insert into runs (kind, subject, input, state, phases, unit, requested_by, ended_at) values ('rebuild', 'counter-totals', '{}', $1, '{}', 'events', 'ada', $2)";
    await sql(run, ["failed", new Date()]);
    await evaluate();
    expect(await alerts()).toMatchObject([{ rule: "rebuild-failed", state: "firing", severity: "warning" }]);
    await sql(run, ["succeeded", new Date()]);
    await evaluate();
    expect(await alerts()).toMatchObject([
      { rule: "rebuild-failed", state: "resolved", told: ["alert.firing"] },
      { rule: "rebuild-finished", state: "firing", severity: "notice" },
    ]);
    await overWhen(() => sql("delete from runs"));
  });

  test("lag over the objective: the budget burns, a gap in the samples is no good time", async () => {
    // Two minutes over the objective, then nothing for a minute, then most of a minute within it; the last sample has said all it says.
    await sql(
      `insert into lag_samples (consumer, at, age_ms, events, checkpoint, high_water)
         select 'counter-totals', date_trunc('minute', clock_timestamp()) - interval '4 minutes' + n * interval '1 second',
                case when n < 120 then 60000 when n < 180 then null else 5 end, 1, 0, 0 from generate_series(0, 229) n`,
    );
    await evaluate();
    const [slo] = await sloStatus(createReadDatabase(database.pool), "counter-totals");
    expect(slo?.budget.spentMs).toBe(120_000);
    expect(slo?.budget.attained).toBeCloseTo(1 / 3, 1);
    expect(slo?.budget.known).toBeLessThan(0.8);
    expect(slo?.burn["1h"]).toBeGreaterThan(14.4);
    // It has applied all it reads, so there is no event to name.
    expect(JSON.parse(String((await alerts())[0]?.cause))).toMatchObject({ consumer: "counter-totals", event: null });
    expect(await alerts()).toMatchObject([{ rule: "lag-over-objective", subject: "counter-totals", state: "pending" }]);
    await later(31);
    // Then something waits: the alert leads to the first event that is not applied, and not to one behind it.
    const [first] = await appendRaw(database.pool, [counted, counted]);
    await sql("select advance_high_water('w')");
    await evaluate();
    expect(await alerts()).toMatchObject([{ state: "firing", severity: "critical" }]);
    expect(JSON.parse(String((await alerts())[0]?.cause))).toMatchObject({
      event: { position: String(first), stream: "counter-1", type: "Counted" },
      partition: expect.any(Number),
    });
    // Counting again what is counted changes nothing.
    const before = await sql("select * from slo_time order by 1, 2, 3");
    await evaluate();
    expect(await sql("select * from slo_time order by 1, 2, 3")).toEqual(before);
    // Where nothing is known nothing is over: it takes good time.
    await sql("delete from lag_samples");
    const known = await sql("delete from slo_time returning *");
    await evaluate();
    await later(600);
    await evaluate();
    expect(await alerts()).toMatchObject([{ state: "firing" }]);
    await overWhen(async () => {
      for (const { consumer, width_s, at } of known) {
        await sql("insert into slo_time values ($1, $2, $3, $2::integer * 1000, 0)", [consumer, width_s, at]);
      }
    });
  });
});
