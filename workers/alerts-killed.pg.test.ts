import { createHash } from "node:crypto";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createCatalog } from "@/lib/catalog/catalog";
import { inTransaction } from "@/lib/db/in-transaction";
import { createReadDatabase } from "@/lib/db/read-database";
import { modules } from "@/lib/domain";
import { createEventStore } from "@/lib/event-store/store";
import { exportRun } from "@/lib/export/export-run";
import type { FailpointLabel } from "@/lib/kernel/failpoint";
import { registerProjections } from "@/lib/projections/register-projections";
import { createRun } from "@/lib/runs/create-run";
import { checkNotices } from "@/lib/testing/check-notices";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { type NoticeReceiver, startNoticeReceiver } from "@/lib/testing/notice-receiver";
import { bundleWorker, type WorkerProcesses } from "@/lib/testing/worker-processes";

const EVENTS = 5_000;

let database: TestDatabase;
let processes: WorkerProcesses;
let receiver: NoticeReceiver;
let folder: string;

beforeAll(async () => {
  database = await createTestDatabase();
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-killed-"));
  receiver = await startNoticeReceiver();
  const catalog = createCatalog(modules);
  await registerProjections(database.pool, catalog.projections, catalog);
  processes = await bundleWorker(database.url);
  const store = createEventStore({ pool: database.pool });
  for (let n = 0; n < EVENTS; n += 500) {
    const events = Array.from({ length: 500 }, (_, i) => {
      return {
        type: "Noted",
        schemaVersion: 1,
        data: JSON.stringify({ n: n + i, text: 'ü, "quoted"' }),
        metadata: null,
      };
    });
    await store.append({ writes: [{ stream: `thing-${n}`, expectedVersion: "any", events }], ...nobody });
  }
  await sql("select advance_high_water('test')");
});

afterAll(async () => {
  await processes.close();
  await receiver.close();
  await database.close();
  fs.rmSync(folder, { recursive: true });
});

const nobody = { correlationId: "c", causationId: null, actor: "ann", tenant: null };
const sql = async (text: string, values?: unknown[]) => (await database.pool.query(text, values)).rows;

/** One channel whose receiver can tell repetitions apart, one for people, and no rule but that on parked events, at once. */
async function arrange(): Promise<void> {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  for (const [kind, address] of Object.entries({
    webhook: { url: receiver.webhookUrl, secret },
    slack: { url: receiver.slackUrl },
  })) {
    await sql(
      `insert into alert_channels (name, kind, shown, secret, least_severity, states, changed_by)
         values ($1, $1, 'the test', $2, 'notice', '{firing,resolved}', 'test')`,
      [kind, JSON.stringify(address)],
    );
  }
  await sql(
    `insert into alert_settings (rule, setting, value, changed_by)
       values ('dead-letters-parked', 'keep', 0, 'test'), ('worker-missing', 'enabled', 0, 'test'),
              ('high-water-held', 'enabled', 0, 'test'), ('consumer-stalled', 'enabled', 0, 'test')`,
  );
}

/** Sets an event aside under a new cause, of which an alert is to fire; the end of the causes `before` it is the alerts' end. */
async function park(cause: number, { before }: { before: "stay" | "end" }): Promise<void> {
  await inTransaction(database.pool, async (client) => {
    if (before === "end") await client.query("delete from dead_letters");
    await client.query(
      `insert into dead_letters (consumer, generation, stream, slice, version, position, event_id, type, blocks, state, fingerprint, error, build)
         select 'order-summary', 1, e.stream, e.slice, e.version, e.position, e.event_id, e.type, false, 'parked', $1, '{"name":"RangeError"}', 'b'
           from events e where e.position = $2`,
      [`cause-${cause}`, cause],
    );
  });
}

/** Begins an export of the whole log as it is before any worker lives. */
async function beginExport(format: "csv"): Promise<bigint> {
  const source = { reads: createReadDatabase(database.pool), catalog: createCatalog(modules) };
  const upTo = String(EVENTS);
  return inTransaction(database.pool, async (client) => {
    const id = await createRun(client, exportRun(database.pool, source, folder), {
      input: { filter: { type: "Noted" }, format, masked: true, upTo },
      requestedBy: "test",
    });
    await client.query("insert into exports (run, format, file, masked, up_to) values ($1, $2, $3, true, $4)", [
      ...[id, format, `export-${id}.${format}`, upTo],
    ]);
    return id;
  });
}

const environment = () => ({ TIDEMARK_DATA_DIR: folder, TIDEMARK_ALERT_TARGETS: "loopback" });

/** Lets a worker die at a step, and then its leases be over, as they are a minute later. */
async function kill(label: FailpointLabel, nth: number): Promise<void> {
  const { child, exited } = processes.start({ ...environment(), TIDEMARK_FAILPOINT: `${label}:${nth}` });
  await exited;
  expect({ label, signal: child.signalCode }).toEqual({ label, signal: "SIGKILL" });
  await sql("update duties set lease_expires_at = clock_timestamp()");
  await sql("update alert_deliveries set lease_expires_at = clock_timestamp() where state = 'sending'");
  await sql("update runs set lease_expires_at = clock_timestamp() where ended_at is null");
}

async function finished(run: bigint): Promise<{ bytes: Buffer; sha256: string; lost: number }> {
  const [row] = await eventually(async () => {
    const rows = await sql(
      `select x.file, x.sha256, x.bytes::int as bytes, x.events::int as events,
              (select count(*)::int from run_log l where l.run = r.id and l.message like '%was lost') as lost
         from exports x join runs r on r.id = x.run where x.run = $1 and r.state = 'succeeded'`,
      [run],
    );
    return rows.length === 1 && rows;
  });
  expect(row.events).toBe(EVENTS);
  const bytes = fs.readFileSync(path.join(folder, "exports", row.file));
  expect(bytes.length).toBe(row.bytes);
  expect(createHash("sha256").update(bytes).digest("hex")).toBe(row.sha256);
  return { bytes, sha256: row.sha256, lost: row.lost };
}

const contradictions = {
  "a step does not begin where the one before ended, or its numbers have a gap": `
    select alert, seq from (
      select *, lag(to_state) over w as before, row_number() over w as n from alert_transitions window w as (partition by alert order by seq)
    ) t where n <> seq or from_state is distinct from before`,
  "an alert is not what its last step made it": `
    select a.id from alerts a where not exists (
      select from alert_transitions t where t.alert = a.id and t.seq = a.seq and t.to_state = a.state)`,
  "a step that a channel is to be told of has not one notice": `
    select t.alert, t.seq, c.name from alert_transitions t cross join alert_channels c
     where (select count(*) from alert_deliveries d where d.alert = t.alert and d.seq = t.seq and d.channel = c.id) <> 1`,
  "an attempt has no end": "select delivery from alert_attempts where ended_at is null",
};

test("workers killed at every step of evaluating, sending and exporting: each change of an alert is told once or said to be unknown, in order, and the export is the same file", async () => {
  await arrange();
  await park(1, { before: "stay" });
  await kill("alert.before-commit", 1);
  await kill("alert.after-commit", 1);
  await kill("notice.after-claim", 1);
  await kill("notice.after-send", 1);
  // Of two notices that are on their way at once, one has arrived when the other is answered.
  await park(2, { before: "end" });
  await kill("notice.after-send", 2);
  await park(3, { before: "stay" });
  await kill("notice.after-record", 1);
  const killed = await beginExport("csv");
  await kill("export.after-write", 2);
  await kill("export.before-name", 1);
  await kill("export.after-name", 1);
  const whole = await beginExport("csv");
  processes.start(environment());
  const file = await finished(killed);
  expect(file.lost).toBe(3);
  expect(await finished(whole)).toEqual({ bytes: file.bytes, sha256: file.sha256, lost: 0 });
  await eventually(async () => (await sql("select from alerts where fired_at is not null")).length === 3);
  await sql("delete from dead_letters");
  await eventually(
    async () => {
      const [open] = await sql(
        `select (select count(*)::int from alerts where resolved_at is null) as alerts,
                (select count(*)::int from alert_deliveries where ended_at is null) as notices`,
      );
      expect(open).toEqual({ alerts: 0, notices: 0 });
      return true;
    },
    { deadlineMs: 60_000, everyMs: 200, what: "every alert and every notice to end" },
  );
  const steps = await sql(
    `select a.subject, array_agg(t.to_state order by t.seq) as steps
       from alerts a join alert_transitions t on t.alert = a.id group by a.id order by 1`,
  );
  expect(steps).toEqual([1, 2, 3].map((n) => ({ subject: `cause-${n}`, steps: ["firing", "resolved"] })));
  for (const [what, query] of Object.entries(contradictions)) {
    expect({ [what]: await sql(query) }).toEqual({ [what]: [] });
  }
  expect(await checkNotices(database.owner, receiver.arrived)).toEqual([]);
  const [fates] = await sql(
    `select count(*) filter (where state = 'sent')::int as sent, count(*) filter (where state = 'unknown')::int as unknown,
            count(*)::int as notices from alert_deliveries`,
  );
  expect(fates.notices).toBe(3 * 2 * 2);
  expect(fates.sent + fates.unknown).toBe(fates.notices);
  // People were not told a second time where nobody knows whether they were told; machines were asked again.
  expect(fates.unknown).toBeGreaterThanOrEqual(1);
  const [{ lost }] = await sql("select count(*)::int as lost from alert_attempts where error = 'the sender was lost'");
  expect(lost).toBeGreaterThan(fates.unknown);
}, 180_000);
