import fs from "node:fs";
import path from "node:path";
import { type APIRequestContext, chromium, expect, test } from "@playwright/test";
import pg from "pg";
import { addressOf } from "@/lib/embedded/address-of";
import { openKekLines } from "@/lib/keys/kek-file";
import { aboutKey, toSubjectKey } from "@/lib/keys/subject-key";
import { instance } from "./instance";
import { bytesNeedle, type Needle, searchFolder, textNeedle } from "./search-folder";

// Proves what the certificate says of a real start: after a person was everywhere that a person can be, and was forgotten,
// no file of the data folder (both databases with their write-ahead logs, log files, exports) and none of the browser's
// profile has a word of theirs, nor their key.

const headers = { authorization: `Bearer ${instance.token}` };
const api = (at: string) => `${instance.url}/api/v1/local${at}`;
const run = Date.now();
const customer = `cust-residue-${run}`;
const order = `residue-${run}`;
/** In every word of theirs, so that one search finds them all; in nothing else. */
const mark = `canary${run}`;
const person = {
  name: `Quintessa ${mark}`,
  email: `quintessa@${mark}.example`,
  street: `${mark} lane 7`,
  city: `${mark}ville`,
  signature: `Q. ${mark}`,
};

test("after a person was in every place and was forgotten, no file of the data folder or of the browser's profile has a word of theirs or their key", async ({
  request,
}, info) => {
  test.setTimeout(180_000);
  await fillEveryPlace(request);
  const profile = info.outputPath("profile");
  await lookAtEverything(profile);
  await handOver(request);
  const asked = await ask(request);
  const keyed = await formsOf(asked.preview.keys[0]?.id ?? "");

  const certificate = await approve(request, asked);
  expect(certificate).toContain('"unreadable":6');
  await flush();

  const files = searchFolder(instance.dataDirectory, [textNeedle(customer), textNeedle(mark), ...keyed]);
  // What the search can find at all: an id that no domain calls personal, in the events' file and in the log of writes.
  const found = (needle: string) => files.filter((hit) => hit.endsWith(`: ${needle}`));
  expect(found(customer)).toContainEqual(expect.stringMatching(/^postgres\/data\/base\//));
  expect(found(customer)).toContainEqual(expect.stringMatching(/^postgres\/data\/pg_wal\//));
  expect(found(mark)).toEqual([]);
  expect([...found("key"), ...found("key of encryption")]).toEqual([]);
  // The certificate says so: files of the write-ahead log that are kept for use again may have the wrapped key.
  expect(found("wrapped key").filter((hit) => !hit.startsWith("keys/data/pg_wal/"))).toEqual([]);
  expect(certificate).toContain("write-ahead log that were archived or are kept for use again");

  const address = `127.0.0.1:${instance.port}`;
  const kept = searchFolder(profile, [textNeedle(address), textNeedle(mark), ...keyed]);
  expect(kept.filter((hit) => !hit.endsWith(`: ${address}`))).toEqual([]);
  expect(kept).not.toEqual([]);

  // Other tests want nothing set aside.
  for (const { id } of await letters(request)) {
    const at = api(`/dead-letters/${id}/skip`);
    const { hash } = await (await request.get(at, { headers })).json();
    const data = { reason: "it was made for a test", approved: hash, confirm: `order-${order}-told` };
    const skipped = await request.post(at, { headers, data });
    expect(skipped.ok(), await skipped.text()).toBe(true);
  }
});

/** Commands that are accepted, rejected and invalid, appends, an import, a dead letter, a snapshot that is refused, an export. */
async function fillEveryPlace(request: APIRequestContext): Promise<void> {
  const send = async (at: string, data: unknown, status: number) => {
    const answer = await request.post(api(at), { headers, data });
    expect(answer.status(), `${at}: ${await answer.text()}`).toBe(status);
  };
  const command = (name: string, input: unknown, status: number) =>
    send(`/commands/order/${order}/${name}`, input, status);
  const { name, email, signature } = person;
  const shipTo = { name, street: person.street, postcode: "77777", city: person.city, country: "DE" };
  await command("OpenCart", { customerId: customer, name, email }, 200);
  await command("OpenCart", { customerId: `${customer}-2`, name, email }, 422);
  await command("OpenCart", { customerId: customer, name, email: [email] }, 400);
  await command("AddItem", { sku: "lamp", title: "Lamp", quantity: 1, unitCents: 100 }, 200);
  await command("PlaceOrder", { shipTo }, 200);
  const told = `/streams/order-${order}-told/events`;
  const delivered = { customerId: customer, placedOn: "2026-01-01", totalCents: 100, signedBy: signature };
  await send(told, { expectedVersion: "any", events: [{ type: "OrderDelivered", data: delivered }] }, 201);
  // No projection can read it, so that it is set aside with the words of the failure.
  const unreadable = { customerId: customer, lines: "none", totalCents: -1, shipTo };
  const placed = { type: "OrderPlaced", schemaVersion: 2, data: unreadable };
  await send(told, { expectedVersion: "any", events: [placed] }, 201);
  const line = { specversion: "1.0", id: `residue-${run}`, source: "/residue", type: "OrderDelivered" };
  const lines = JSON.stringify({
    ...line,
    subject: `order-${order}-old`,
    time: "2026-01-01T00:00:00Z",
    data: delivered,
  });
  const answer = await request.post(api("/import"), {
    headers: { ...headers, "content-type": "application/x-ndjson" },
    data: Buffer.from(lines),
  });
  expect(await answer.json()).toMatchObject({ appended: 1 });
  // A snapshot would outlive her key, so a state with personal data in it has none.
  await send(`/streams/order-${order}/snapshots/take`, {}, 400);
  await send("/exports", { filter: { category: "order" }, format: "jsonl" }, 202);
  await expect.poll(async () => (await letters(request)).length, { timeout: 30_000 }).toBeGreaterThan(0);
}

/** Has a file made of what is held about them, which has their words as they are until they are forgotten. */
async function handOver(request: APIRequestContext): Promise<void> {
  const data = { subject: customer, reason: "she asks what is held" };
  const { run: made } = await (await request.post(api("/subjects/export"), { headers, data })).json();
  const file = async () => await (await request.get(api(`/exports/${made.id}`), { headers })).json();
  await expect.poll(async () => (await file()).sha256, { timeout: 30_000 }).toEqual(expect.any(String));
  const kept = path.join(instance.dataDirectory, "exports", (await file()).file);
  expect(fs.readFileSync(kept, "utf8")).toContain(mark);
}

/** The dead letters of what cannot be read. */
async function letters(request: APIRequestContext): Promise<readonly { readonly id: string }[]> {
  const answer = await request.get(api("/dead-letters?limit=200"), { headers });
  const { letters: all } = await answer.json();
  return all.filter(({ stream }: { stream: string }) => stream === `order-${order}-told`);
}

/** Writes about them in a form and reads their events, with a browser that keeps what it keeps on disk. */
async function lookAtEverything(profile: string): Promise<void> {
  const { launchOptions } = test.info().project.use;
  const browser = await chromium.launchPersistentContext(profile, { ...launchOptions, baseURL: instance.url });
  try {
    const { cookies } = JSON.parse(fs.readFileSync(instance.storageState, "utf8"));
    await browser.addCookies(cookies);
    const page = await browser.newPage();
    await page.goto("/local/commands/order.OpenCart");
    await page.getByLabel(/^id of the stream/).fill(`${order}-form`);
    await page.getByLabel(/^customerId/).fill(customer);
    await page.getByLabel(/^name/).fill(person.name);
    await page.getByLabel(/^email/).fill(person.email);
    await page.getByRole("button", { name: "Send OpenCart" }).click();
    await expect(page.getByText("Carried out", { exact: true })).toBeVisible();
    for (const at of [`streams/order-${order}`, `events?live=off&q=stream%3Aorder-${order}`, "dead-letters"]) {
      await page.goto(`/local/${at}`);
      await expect(page.getByRole("main")).toContainText(at === "dead-letters" ? "OrderPlaced" : "CartOpened");
    }
  } finally {
    await browser.close();
  }
}

/** The key of this id as it is stored, and as it opens and seals. */
async function formsOf(id: string): Promise<readonly Needle[]> {
  return await within("keys", "tidemark_keys", async (database) => {
    const { rows } = await database.query(
      `select k.id, k.tenant, encode(k.subject, 'hex') as subject, k.epoch, k.wrapped, k.kek, s.identity
         from tidemark_keys.subject_keys k, tidemark_keys.key_store s where k.id = $1`,
      [id],
    );
    const [{ wrapped, kek, identity, ...place }] = rows;
    const keks = openKekLines({ file: path.join(instance.dataDirectory, "key-encryption-keys") });
    const key = await keks.unwrap({ kek, bytes: wrapped }, aboutKey(identity, place));
    const { encryption } = toSubjectKey(place, Buffer.from(key));
    return [
      bytesNeedle("key", key),
      bytesNeedle("key of encryption", encryption.export()),
      bytesNeedle("wrapped key", wrapped),
    ];
  });
}

type Request = { readonly id: string; readonly previewHash: string; readonly preview: { keys: { id: string }[] } };

/** Asks that they be forgotten, and waits until it is known what that touches. */
async function ask(request: APIRequestContext): Promise<Request> {
  const data = { subject: customer, reason: "her letter" };
  const { id } = (await (await request.post(api("/shreds"), { headers, data })).json()).request;
  const asked = await shred(request, id, ({ previewHash }) => previewHash !== null);
  expect(asked.preview.keys).toHaveLength(1);
  return asked;
}

/** Approves it as whoever is signed in, since the service asked; waits until it is done, and returns the certificate. */
async function approve(request: APIRequestContext, { id, previewHash }: Request): Promise<string> {
  const data = { preview: previewHash, reason: "looked through" };
  const approved = await request.post(api(`/shreds/${id}/approve`), { headers: { origin: instance.url }, data });
  expect(approved.status(), await approved.text()).toBe(202);
  await shred(request, id, ({ state }) => state === "completed");
  return await (await request.get(api(`/shreds/${id}/certificate`), { headers })).text();
}

async function shred(request: APIRequestContext, id: string, until: (found: Request & { state: string }) => boolean) {
  const read = async () => await (await request.get(api(`/shreds/${id}`), { headers })).json();
  await expect.poll(async () => until(await read()), { timeout: 60_000 }).toBe(true);
  return await read();
}

/** What is only in the servers' memory is written to their files, where it can be searched. */
async function flush(): Promise<void> {
  for (const [folder, name] of [
    ["postgres", "tidemark"],
    ["keys", "tidemark_keys"],
  ] as const) {
    await within(folder, name, (database) => database.query("checkpoint"));
  }
}

async function within<T>(folder: string, name: string, work: (database: pg.Client) => Promise<T>): Promise<T> {
  const database = new pg.Client({ connectionString: addressOf(path.join(instance.dataDirectory, folder), name) });
  await database.connect();
  try {
    return await work(database);
  } finally {
    await database.end();
  }
}
