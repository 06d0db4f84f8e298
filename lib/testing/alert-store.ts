import { afterAll, beforeAll, beforeEach } from "vitest";
import { evaluateAlerts } from "@/lib/alerts/evaluate";
import { createReadDatabase } from "@/lib/db/read-database";
import { registerProjections } from "@/lib/projections/register-projections";
import { appendRaw } from "@/lib/testing/append-raw";
import { counterCatalog, counters } from "@/lib/testing/counter-domain";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

/** The store of a test file that imports this; it is made before its tests and healthy before each. */
export let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
  await registerProjections(database.pool, counters.projections, counterCatalog);
});
afterAll(() => database.close());

/** A store in which everything is as it should be, with one channel that wants to be told of everything. */
beforeEach(async () => {
  for (const table of [
    "alerts",
    "alert_silences",
    "alert_settings",
    "alert_channels",
    "slo_time",
    "lag_samples",
    "append_counts",
  ]) {
    await sql(`delete from ${table}`);
  }
  await sql("delete from dead_letters; delete from dead_letter_groups; delete from runs; delete from slos");
  await sql("update history_alarms set settled_at = clock_timestamp(), settled_by = 'test' where settled_at is null");
  await sql("update duties set owner = null, lease_expires_at = null");
  await sql(
    "insert into workers (id, host, pid) values ('w', 'h', 1) on conflict (id) do update set seen_at = clock_timestamp()",
  );
  await sql("update consumers set state = 'running', state_by = null, slo_ms = 10000");
  await settle();
  await sql(
    `insert into alert_channels (name, kind, shown, secret, least_severity, states, changed_by)
       values ('all', 'webhook', 'x', '{}', 'notice', '{firing,acknowledged,silenced,resolved}', 'test')`,
  );
});

/** Runs a statement as the application. */
export async function sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]> {
  return (await database.pool.query(text, values)).rows;
}

/** Everything is applied and held, and the mark is at the head. */
export async function settle(): Promise<void> {
  await sql("select advance_high_water('w')");
  await sql(
    `update consumer_partitions set checkpoint = (select position from high_water), checkpoint_at = clock_timestamp(),
            owner = 'w', lease_expires_at = clock_timestamp() + interval '1 hour', error = null`,
  );
}

/** Lets every rule look once. */
export const evaluate = (owner = "w", pool = database.pool) =>
  evaluateAlerts({ pool, reads: createReadDatabase(database.pool), owner });

/** The open and ended alerts, with the states that they went through and those that were told. */
export async function alerts(): Promise<Record<string, unknown>[]> {
  return sql(
    `select a.rule, a.subject, a.state, a.severity, a.cause::text as cause,
            (select array_agg(t.to_state order by t.seq) from alert_transitions t where t.alert = a.id) as steps,
            (select array_agg(d.body ->> 'type' order by d.id) from alert_deliveries d where d.alert = a.id) as told
       from alerts a order by a.id`,
  );
}

/** As if so much time had passed for the open alerts. */
export async function later(seconds: number): Promise<void> {
  await sql(
    `update alerts set started_at = started_at - make_interval(secs => $1), fine_since = fine_since - make_interval(secs => $1)
      where resolved_at is null`,
    [seconds],
  );
}

/** An event that every counter follows. */
export const counted = { stream: "counter-1", type: "Counted", data: { by: 1, bucket: "b", note: null } };

/** Sets an event aside, under a cause of that name; its position. */
export async function park(note = "one"): Promise<bigint> {
  const [position] = await appendRaw(database.pool, [counted]);
  await settle();
  await sql(
    `insert into dead_letters (consumer, generation, stream, slice, version, position, event_id, type, blocks, state, fingerprint, error, build)
       select 'counter-totals', 1, e.stream, e.slice, e.version, e.position, e.event_id, e.type, false, 'parked', $2, '{"name":"RangeError"}', 'b'
         from events e where e.position = $1`,
    [position, note],
  );
  return position ?? 0n;
}
