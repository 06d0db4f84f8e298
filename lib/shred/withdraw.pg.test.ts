import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { armFailpoint } from "@/lib/kernel/failpoint";
import { refuseShred } from "@/lib/operations/decide-shred";
import { releaseLegalHold, setLegalHold } from "@/lib/operations/hold-person";
import { resumeRun } from "@/lib/runs/steer-run";
import { lockPerson } from "@/lib/shred/legal-hold";
import { readRequest } from "@/lib/shred/shred-request";
import { eventually } from "@/lib/testing/eventually";
import { createShredStore, type ShredStore } from "@/lib/testing/shred-store";

let store: ShredStore;
beforeAll(async () => {
  store = await createShredStore();
});
afterEach(() => armFailpoint(undefined));
afterAll(() => store?.close());

const reason = "she thought better of it";
const runOf = async (request: string) => {
  const { run } = await readRequest(store.database.pool, request);
  const { rows } = await store.database.pool.query("select id, state, error from runs where id = $1", [run]);
  return rows[0] as { readonly id: bigint; readonly state: string; readonly error: string | null };
};
const runIs = (request: string, state: string) =>
  eventually(async () => (await runOf(request)).state === state, { what: `the run to be ${state}` });
const resume = async (request: string) => {
  const { id } = await runOf(request);
  await inTransaction(store.database.pool, (client) => resumeRun(client, id, "bob"));
};
const untouched = async (member: string) => {
  expect(await store.emailOf(member)).toBe(`${member}@example.org`);
  const keys = await store.vault.another().personKeys(await store.vault.keys.digest(null, member));
  expect(keys.map(({ state }) => state)).toEqual(["live"]);
};

test("a request whose run began and met a legal hold is withdrawn with its run, and can be asked for again once the hold is over", async () => {
  const { context, joined, asked, approve, ended, database } = store;
  await joined("held");
  const request = await asked("held");
  // The run begins, and fails before it has looked for a hold; then there is one.
  armFailpoint({ label: "run.after-claim", nth: 1, action: "throw" });
  await approve(request);
  await runIs(request.id, "failed");
  armFailpoint(undefined);
  await setLegalHold(context("bob"), { subject: "held", reason: "a court asked for it" });
  await resume(request.id);
  await eventually(async () => (await runOf(request.id)).error?.includes("legal hold stands"));
  await runIs(request.id, "failed");

  await refuseShred(context("ada"), { request: request.id, reason });
  expect(await readRequest(database.pool, request.id)).toMatchObject({ state: "refused", closedBy: "ada" });
  await runIs(request.id, "cancelled");
  await untouched("held");
  const { rows } = await database.pool.query("select data::text as data from events where type = 'ShredRefused'");
  expect(JSON.parse(rows[0].data)).toMatchObject({
    by: "ada",
    request: request.id,
    run: expect.stringMatching(/^\d+$/),
  });

  await releaseLegalHold(context("bob"), { subject: "held", reason: "it is over" });
  const again = await asked("held");
  await approve(again);
  expect((await ended(again.id, "completed")).failed).toBeUndefined();
});

test("of a withdrawal and the first destroyed key the one that locks the request first wins: a run that comes second destroys nothing", async () => {
  const { context, joined, asked, approve, database } = store;
  await joined("quick");
  const request = await asked("quick");
  // The run begins and stops; taken up again it comes to its last step before the keys, and waits there for the person's lock.
  armFailpoint({ label: "run.after-claim", nth: 1, action: "throw" });
  await approve(request);
  await runIs(request.id, "failed");
  armFailpoint(undefined);
  const digest = await store.vault.keys.digest(null, "quick");
  await inTransaction(database.pool, async (client) => {
    await lockPerson(client, digest);
    await resume(request.id);
    await eventually(
      async () => {
        const waiting =
          "select from pg_locks where locktype = 'advisory' and not granted and database = (select oid from pg_database where datname = current_database())";
        return (await database.pool.query(waiting)).rowCount === 1;
      },
      { what: "the run to wait" },
    );
    await refuseShred(context("ada"), { request: request.id, reason });
  });
  await runIs(request.id, "cancelled");
  expect((await readRequest(database.pool, request.id)).state).toBe("refused");
  await untouched("quick");
});

test("from the moment in which keys begin to be destroyed it is refused in words that say so, and goes on", async () => {
  const { context, joined, asked, approve, ended } = store;
  await joined("late");
  const request = await asked("late");
  armFailpoint({ label: "shred.before-destroy", nth: 1, action: "throw" });
  await approve(request);
  await runIs(request.id, "failed");
  armFailpoint(undefined);
  await expect(refuseShred(context("ada"), { request: request.id, reason })).rejects.toMatchObject({
    code: "conflict",
    message: expect.stringMatching(/cannot be withdrawn any more: its keys are being destroyed.*only forward/),
  });
  await resume(request.id);
  expect((await ended(request.id, "completed")).failed).toBeUndefined();
});
