import { expect, test } from "vitest";
import { findAll } from "@/lib/alerts/find-all";
import { createReadDatabase, type ReadDatabase } from "@/lib/db/read-database";
import { createEventStore } from "@/lib/event-store/store";
import { lagOf } from "@/lib/subscriptions/lag";
import { alerts, counted, database, evaluate, sql } from "@/lib/testing/alert-store";

const EVENTS = 40_000;
/** What a rule looks at of one type for one partition. */
const LOOKED_AT = 500;

type Node = {
  readonly "Relation Name"?: string;
  readonly "Node Type": string;
  readonly "Actual Rows": number;
  readonly "Actual Loops": number;
  readonly "Rows Removed by Filter"?: number;
  readonly Plans?: readonly Node[];
};

/** Rows of the log, and of the tables that grow with it, that a statement has touched. */
function touched(node: Node, of: RegExp): number {
  const here = of.test(node["Relation Name"] ?? "")
    ? (node["Actual Rows"] + (node["Rows Removed by Filter"] ?? 0)) * node["Actual Loops"]
    : 0;
  return here + (node.Plans ?? []).reduce((sum, each) => sum + touched(each, of), 0);
}

/** Lets somebody look, every rule where nobody is named, and says how many rows of which tables that took. */
async function looked(of: RegExp, look: (reads: ReadDatabase) => Promise<unknown> = findAll): Promise<number> {
  const real = createReadDatabase(database.pool);
  let rows = 0;
  const reads: ReadDatabase = {
    query: async (text, values) => {
      const [row] = await real.query<{ "QUERY PLAN": readonly { readonly Plan: Node }[] | string }>(
        `explain (analyze, timing off, summary off, format json) ${text}`,
        values,
      );
      const plan = row?.["QUERY PLAN"] ?? "[]";
      const parsed = (typeof plan === "string" ? JSON.parse(plan) : plan) as readonly { readonly Plan: Node }[];
      rows += touched(parsed[0]?.Plan as Node, of);
      return real.query(text, values);
    },
  };
  await look(reads);
  return Math.round(rows);
}

test("the rules read no more of a long log than is bounded: nothing while partitions move, little when they stand still far back", async () => {
  const store = createEventStore({ pool: database.pool });
  const data = JSON.stringify(counted.data);
  for (let n = 0; n < EVENTS; n += 1_000) {
    const events = Array.from({ length: 1_000 }, () => {
      return { type: counted.type, schemaVersion: 1, data, metadata: null };
    });
    const about = { correlationId: "c", causationId: null, actor: "ann", tenant: null };
    // All of one stream, so that all but one of the partitions find nothing of their own in it.
    await store.append({ writes: [{ stream: counted.stream, expectedVersion: "any", events }], ...about });
  }
  await sql("select advance_high_water('w')");
  await database.owner.query("analyze");
  await sql("update consumer_partitions set checkpoint = 0, checkpoint_at = clock_timestamp()");
  // One row: the oldest event that no checkpoint speaks of.
  expect(await looked(/^events$/)).toBeLessThanOrEqual(1);
  await sql("update consumer_partitions set checkpoint_at = clock_timestamp() - interval '1 hour'");
  const [partitions] = await sql(
    `select count(*)::int as n, sum(cardinality(c.types))::int as looks from consumers c
       join consumer_partitions p on p.consumer = c.name and p.generation = c.generation where c.mode = 'async'`,
  );
  expect(partitions?.n).toBeGreaterThan(3);
  const rows = await looked(/^events$/);
  expect(rows).toBeGreaterThan(LOOKED_AT);
  expect(rows).toBeLessThanOrEqual(Number(partitions?.looks) * LOOKED_AT + Number(partitions?.n) + 1);
  // None of the others has anything of its own there, and none passes it: that is a stall as well.
  expect(await evaluate()).toBe(true);
  const stalls = (await alerts()).filter(({ rule }) => rule === "consumer-stalled");
  expect(stalls.length).toBeGreaterThan(0);
  for (const { cause } of stalls) expect(JSON.parse(String(cause))).toMatchObject({ kind: "consumer", event: null });
  // The same of the lag: where nothing of its own is found it is told as an upper bound, and as "and more".
  const all = await looked(/^events$/, (reads) => lagOf(reads));
  expect(all).toBeLessThanOrEqual(Number(partitions?.looks) * (2 * LOOKED_AT + 1));
  for (const lag of (await lagOf(createReadDatabase(database.pool), { kind: "projection", countMax: 100 })).values()) {
    if (lag.known && lag.ageMs > 0) expect(lag).toMatchObject({ more: true });
  }
  const [waiting] = await sql(
    `select w.* from consumers c join consumer_partitions p on p.consumer = c.name and p.generation = c.generation,
            lateral waiting_events(c.name, c.generation, c.types, 1) w
      where c.mode = 'async' limit 1`,
  );
  expect(waiting).toMatchObject({ more: true });
}, 60_000);
