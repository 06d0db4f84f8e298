import type pg from "pg";
import { advance, type Change, keyOf, type OpenAlert } from "@/lib/alerts/advance";
import { countSloTime } from "@/lib/alerts/count-slo-time";
import { findAll } from "@/lib/alerts/find-all";
import { writeStep } from "@/lib/alerts/write-step";
import { inTransaction } from "@/lib/db/in-transaction";
import type { ReadDatabase } from "@/lib/db/read-database";
import { failpoint } from "@/lib/kernel/failpoint";
import { limits } from "@/lib/kernel/limits";
import { holdDuty } from "@/lib/subscriptions/hold-duty";

/** Who evaluates. `owner` is the worker's id, `heldMs` for how long the duty is its own without a word of it. */
export type Evaluator = {
  readonly pool: pg.Pool;
  readonly reads: ReadDatabase;
  readonly owner: string;
  readonly heldMs?: number;
};

/** The duty of evaluating, and for how long it is held without being renewed: longer than any rule may look. */
const DUTY = "alert-evaluator";
const HELD_MS = limits.readTimeoutMs + 5_000;

/**
 * Lets every rule look once and moves the alerts on, when this worker has the duty; resolves with whether it has. Everything is
 * written in one transaction under a lock on the duty, so a worker that has lost it meanwhile writes nothing, and one that
 * dies at any statement leaves the alerts as they were: whoever has the duty next looks anew.
 */
export async function evaluateAlerts({ pool, reads, owner, heldMs = HELD_MS }: Evaluator): Promise<boolean> {
  if (!(await holdDuty(pool, DUTY, owner, heldMs))) return false;
  const since = await readEpoch(pool, owner);
  const began = performance.now();
  await countSloTime(pool);
  const found = await findAll(reads, async () => {
    await holdDuty(pool, DUTY, owner, heldMs);
  });
  const blind = found.filter(({ findings }) => findings === null).map(({ rule }) => rule.name);
  const done = await inTransaction(pool, async (client) => {
    const epoch = await lockDuty(client, owner);
    if (epoch === undefined || epoch !== since) return false;
    const now = await readNow(client);
    const [open, silencedUntil] = [await lockOpen(client), await readSilences(client)];
    for (const change of advance({ now, open, found, silencedUntil })) await write(client, change, owner, epoch);
    await client.query({
      name: "note_alert_evaluation",
      text: "update alert_watch set evaluated_at = clock_timestamp(), evaluated_by = $1, epoch = $2, took_ms = $3, blind = $4",
      values: [owner, epoch, performance.now() - began, blind],
    });
    failpoint("alert.before-commit");
    return true;
  });
  failpoint("alert.after-commit");
  return done;
}

async function readEpoch(pool: pg.Pool, owner: string): Promise<bigint | undefined> {
  const { rows } = await pool.query<{ epoch: bigint }>({
    name: "read_alert_duty",
    text: "select epoch from duties where name = $1 and owner = $2",
    values: [DUTY, owner],
  });
  return rows[0]?.epoch;
}

/**
 * The epoch of the duty, locked until the transaction ends, so that nobody can take it meanwhile; undefined when it is
 * another's. That its time was over does no harm: nobody has had it since when the epoch is still the same.
 */
async function lockDuty(client: pg.PoolClient, owner: string): Promise<bigint | undefined> {
  const { rows } = await client.query<{ epoch: bigint }>({
    name: "lock_alert_duty",
    text: "select epoch from duties where name = $1 and owner = $2 for no key update",
    values: [DUTY, owner],
  });
  return rows[0]?.epoch;
}

async function readNow(client: pg.PoolClient): Promise<number> {
  const { rows } = await client.query<{ now: number }>(
    "select (extract(epoch from clock_timestamp()) * 1000)::float8 as now",
  );
  return rows[0]?.now ?? 0;
}

async function lockOpen(client: pg.PoolClient): Promise<OpenAlert[]> {
  const { rows } = await client.query<Omit<OpenAlert, "id" | "cause"> & { id: bigint; cause: string }>({
    name: "lock_open_alerts",
    text: `select id, rule, subject, severity, state, title, value, worst_value as "worstValue", cause::text as cause,
                  (extract(epoch from started_at) * 1000)::float8 as "startedAt",
                  (extract(epoch from fine_since) * 1000)::float8 as "fineSince"
             from alerts where resolved_at is null order by id for update`,
  });
  return rows.map((row) => ({ ...row, id: String(row.id), cause: JSON.parse(row.cause) as OpenAlert["cause"] }));
}

async function readSilences(client: pg.PoolClient): Promise<Map<string, number>> {
  await client.query("delete from alert_silences where until < clock_timestamp() - interval '7 days'");
  const { rows } = await client.query<{ rule: string; subject: string; until: number }>(
    "select rule, subject, (extract(epoch from until) * 1000)::float8 as until from alert_silences",
  );
  return new Map(rows.map(({ rule, subject, until }) => [keyOf(rule, subject), until]));
}

async function write(client: pg.PoolClient, change: Change, by: string, epoch: bigint): Promise<void> {
  switch (change.kind) {
    case "forget":
      // Its transitions go with it: a condition that did not last is nothing to look back on.
      await client.query("delete from alerts where id = $1 and state = 'pending'", [change.alert.id]);
      return;
    case "open": {
      const { rule, finding, step } = change;
      const { rows } = await client.query<{ id: bigint }>({
        name: "open_alert",
        text: `insert into alerts (rule, subject, severity, state, title, cause, value, worst_value, started_at, seen_at)
                 values ($1, $2, $3, 'pending', $4, $5, $6, $6, clock_timestamp(), clock_timestamp()) returning id`,
        values: [rule, finding.subject, finding.severity, finding.title, JSON.stringify(finding.cause), finding.value],
      });
      const alert = String(rows[0]?.id);
      await writeStep(client, { alert, from: null, to: step.to, by, reason: step.reason, epoch });
      return;
    }
    case "keep":
      await writeKept(client, change);
      if (change.step) {
        const { alert, step } = change;
        await writeStep(client, { alert: alert.id, from: alert.state, to: step.to, by, reason: step.reason, epoch });
      }
  }
}

/** What is known of an alert now. A severity that has fallen stays: what was critical is critical until it is over. */
async function writeKept(client: pg.PoolClient, change: Extract<Change, { kind: "keep" }>): Promise<void> {
  const { alert, finding, fineSince, step } = change;
  if (!finding) {
    if (fineSince === alert.fineSince) return;
    await client.query({
      name: "note_alert_fine",
      text: "update alerts set fine_since = to_timestamp($2::float8 / 1000) where id = $1",
      values: [alert.id, fineSince],
    });
    return;
  }
  const worse = step?.reason?.startsWith("worse") === true || alert.state === "pending";
  await client.query({
    name: "note_alert_seen",
    text: `update alerts set seen_at = clock_timestamp(), fine_since = null, title = $2, cause = $3, value = $4,
                  worst_value = greatest(worst_value, $4), severity = $5 where id = $1`,
    values: [
      ...[alert.id, finding.title, JSON.stringify(finding.cause), finding.value],
      worse ? finding.severity : alert.severity,
    ],
  });
}
