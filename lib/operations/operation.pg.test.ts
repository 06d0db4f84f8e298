import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import type { Role } from "@/lib/access/principal";
import { inTransaction } from "@/lib/db/in-transaction";
import { openPool } from "@/lib/db/pool";
import { createEventStore } from "@/lib/event-store/store";
import { TidemarkError } from "@/lib/kernel/errors";
import type { StoreSafety } from "@/lib/kernel/store-safety";
import { requiredReason } from "@/lib/operations/attribution";
import { committed, type OperationContext, operation } from "@/lib/operations/operation";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

let database: TestDatabase;
let pool: ReturnType<typeof openPool>;
let rows = 100;

beforeAll(async () => {
  database = await createTestDatabase();
  pool = openPool({ url: database.url, applicationName: "operation test" });
});

afterAll(async () => {
  await pool.end();
  await database.close();
});

/** The parts of a context that the wrapper itself touches. */
function contextOf(role: Role, safety: StoreSafety = "open"): OperationContext {
  const store = createEventStore({ pool });
  return {
    pool,
    store,
    safety,
    principal: { id: `the-${role}`, role, via: "token" },
    requestId: "r-1",
  } as unknown as OperationContext;
}
const operator = () => contextOf("operator");

type Entry = { readonly type: string; readonly data: Record<string, unknown> };
async function auditSince(version: number): Promise<readonly Entry[]> {
  const { rows: found } = await database.owner.query<{ type: string; data: string }>(
    "select type, data from tidemark.events where stream = 'operations-audit' and version > $1 order by version",
    [version],
  );
  return found.map(({ type, data }) => ({ type, data: JSON.parse(data) as Record<string, unknown> }));
}
async function auditVersion(): Promise<number> {
  return (await auditSince(0)).length;
}

const empty = operation({
  name: "empty-thing",
  role: "operator",
  input: z.strictObject({ name: z.string().max(20), refuse: z.boolean().optional() }),
  audited: true,
  target: ({ name }) => name,
  preview: async (_, { name }) => ({ name, rows, estimateMs: Math.random() }),
  frozen: ({ rows: frozenRows }) => ({ rows: frozenRows }),
  act: (context, { name, refuse }, audit, preview) =>
    inTransaction(context.pool, async (client) => {
      await audit(client, { type: "ThingEmptied", summary: `Emptied ${name}`, facts: { rows: preview.rows } });
      if (refuse) throw new TidemarkError("conflict", `${name}\u0000 is in use.`);
      return preview.rows;
    }),
  observe: async (_, __, emptied) => committed("nothing else is to be seen", { emptied }),
});

test("an act is done as previewed and approved; its entry holds who, why, the ticket and the hash", async () => {
  const before = await auditVersion();
  const { preview, hash } = await empty.preview(operator(), { name: "a" });
  expect(preview.rows).toBe(100);
  const input = { name: "a", reason: "  full  ", ticket: "INC-212", approved: hash };
  expect(await empty(operator(), input)).toEqual({ emptied: 100 });
  const [entry, ...rest] = await auditSince(before);
  expect(rest).toEqual([]);
  expect(entry).toMatchObject({
    type: "ThingEmptied",
    data: { operation: "empty-thing", outcome: "done", target: "a", reason: "full", ticket: "INC-212", preview: hash },
  });
  expect(entry?.data).toMatchObject({ by: "the-operator", via: "token", requestId: "r-1", rows: 100 });
});

test("an approval is for one input: what was approved of one thing does nothing to another", async () => {
  const { hash } = await empty.preview(operator(), { name: "a" });
  await expect(empty(operator(), { name: "b", approved: hash })).rejects.toMatchObject({ code: "preview-changed" });
});

test("a preview that changed since is refused with the new one, which can then be approved; the refusal is audited", async () => {
  const { hash } = await empty.preview(operator(), { name: "a" });
  const before = await auditVersion();
  rows = 120;
  const refusal = await empty(operator(), { name: "a", approved: hash }).catch((error: unknown) => error);
  expect(refusal).toMatchObject({ code: "preview-changed", facts: { preview: { rows: 120 } } });
  const approved = (refusal as TidemarkError).facts.hash as string;
  expect(approved).not.toBe(hash);
  expect(await empty(operator(), { name: "a", approved })).toEqual({ emptied: 120 });
  const entries = await auditSince(before);
  expect(entries.map(({ type, data }) => [type, data.outcome, data.code])).toEqual([
    ["OperationRefused", "refused", "preview-changed"],
    ["ThingEmptied", "done", undefined],
  ]);
});

test("an attempt without the role, and one that the act refuses, leave an entry and nothing else", async () => {
  const before = await auditVersion();
  await expect(empty(contextOf("viewer"), { name: "a" })).rejects.toMatchObject({ code: "forbidden" });
  const { hash } = await empty.preview(operator(), { name: "a", refuse: true });
  await expect(empty(operator(), { name: "a", refuse: true, approved: hash })).rejects.toMatchObject({
    code: "conflict",
  });
  const entries = await auditSince(before);
  expect(entries.map(({ data }) => [data.outcome, data.code, data.by])).toEqual([
    ["refused", "forbidden", "the-viewer"],
    ["refused", "conflict", "the-operator"],
  ]);
  expect(entries[1]?.data.summary).toBe("Refused empty-thing of a: a\u{fffd} is in use.");
});

test("words that are too long or hold control characters are refused before anything is done", async () => {
  const before = await auditVersion();
  for (const bad of [{ reason: "x".repeat(501) }, { reason: "a\nb" }, { ticket: "t".repeat(101) }, { approved: "x" }]) {
    await expect(empty(operator(), { name: "a", ...bad })).rejects.toMatchObject({ code: "invalid-request" });
  }
  expect(await auditSince(before)).toEqual([]);
});

test("an operation may insist on a reason", async () => {
  const drop = operation({
    name: "drop-thing",
    role: "operator",
    input: z.strictObject({ reason: requiredReason }),
    audited: true,
    target: () => null,
    act: ({ pool: at }, { reason }, audit) =>
      inTransaction(at, (client) => audit(client, { type: "ThingDropped", summary: `Dropped: ${reason}`, facts: {} })),
    observe: async () => ({ observed: true }),
  });
  await expect(drop(operator(), { reason: " " })).rejects.toMatchObject({ code: "invalid-request" });
  const before = await auditVersion();
  expect(await drop(operator(), { reason: "gone" })).toEqual({ observed: true });
  expect((await auditSince(before))[0]?.data).toMatchObject({ reason: "gone", target: null });
});

test("an act that the server gives up for a deadlock is done once all the same, or not at all and said so", async () => {
  let deadlocks = 0;
  const contested = operation({
    name: "contested-thing",
    role: "operator",
    input: z.strictObject({}),
    audited: true,
    target: () => null,
    act: (context, _, audit) =>
      inTransaction(context.pool, async (client) => {
        await audit(client, { type: "ThingContested", summary: "Contested", facts: {} });
        if (deadlocks-- > 0) await client.query("do $$ begin raise exception using errcode = '40P01'; end $$");
      }),
    observe: async () => committed("nothing else is to be seen", "done"),
  });
  const before = await auditVersion();
  deadlocks = 2;
  expect(await contested(operator(), {})).toBe("done");
  expect((await auditSince(before)).map(({ type }) => type)).toEqual(["ThingContested"]);
  deadlocks = Number.POSITIVE_INFINITY;
  await expect(contested(operator(), {})).rejects.toMatchObject({ code: "unavailable" });
  expect(await auditSince(before)).toHaveLength(1);
});

test("a store that asks for care wants reason, ticket and the typed name before what nobody can take back, a locked one refuses it", async () => {
  let done = 0;
  // Nobody has graded it, so it counts as the gravest.
  const burn = operation({
    name: "burn-thing",
    role: "operator",
    input: z.strictObject({ name: z.string() }),
    audited: true,
    target: ({ name }) => `thing ${name}`,
    typed: ({ name }) => name,
    act: (context, { name, reason }, audit) =>
      inTransaction(context.pool, async (client) => {
        done += 1;
        await audit(client, { type: "ThingBurnt", summary: `Burnt ${name}: ${reason}`, facts: {} });
      }),
    observe: async () => committed("nothing else is to be seen", "burnt"),
  });
  const ask = contextOf("operator", "ask");
  const before = await auditVersion();
  const whole = { name: "a", reason: "old", ticket: "CHG-1", confirm: " a " };
  for (const missing of ["reason", "ticket", "confirm"] as const) {
    await expect(burn(ask, { ...whole, [missing]: " " })).rejects.toMatchObject({
      code: "invalid-request",
      facts: { issues: [{ path: missing }] },
    });
  }
  await expect(burn(ask, { name: "a", confirm: "b" })).rejects.toMatchObject({
    message:
      "This store asks for care before burn-thing. reason: say why in a few words; ticket: name the change or incident it belongs to; confirm: type the name a.",
  });
  await expect(burn(contextOf("operator", "locked"), whole)).rejects.toMatchObject({
    code: "forbidden",
    facts: { safety: "locked" },
  });
  expect(done).toBe(0);
  expect(await burn(ask, whole)).toBe("burnt");
  expect(await burn(operator(), { name: "a" })).toBe("burnt");
  const entries = (await auditSince(before)).map(({ data }) => [data.outcome, data.code]);
  expect(entries).toEqual([
    ...Array.from({ length: 4 }, () => ["refused", "invalid-request"]),
    ["refused", "forbidden"],
    ["done", undefined],
    ["done", undefined],
  ]);
});
