import http from "node:http";
import net from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { inTransaction } from "@/lib/db/in-transaction";
import { cutPool } from "@/lib/testing/cut-pool";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";
import { startMailServer } from "@/lib/testing/mail-server";
import { writeStep } from "../write-step";
import { claimDeliveries, recordOutcome, settleLostClaims } from "./claim-deliveries";
import { type Sender, sendClaimed, sendNotices } from "./send-notices";
import { signWebhook } from "./send-webhook";

const secret = `whsec_${Buffer.from("0123456789abcdef0123456789abcdef").toString("base64")}`;

type Received = { readonly headers: http.IncomingHttpHeaders; readonly body: string };

let database: TestDatabase;
let receiver: http.Server;
let received: Received[] = [];
/** What the receiver does with the next requests; 200 when there is nothing left. */
let answers: (number | "hang-up")[] = [];
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  database = await createTestDatabase();
  receiver = http.createServer((request, response) => {
    let body = "";
    request.on("data", (part: Buffer) => {
      body += part.toString();
    });
    request.on("end", () => {
      received.push({ headers: request.headers, body });
      const answer = answers.shift() ?? 200;
      if (answer === "hang-up") request.socket.destroy();
      else response.writeHead(answer, answer === 302 ? { location: "http://127.0.0.1:1/" } : {}).end("said nothing");
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
});
beforeEach(async () => {
  [received, answers] = [[], []];
  await database.pool.query("delete from alerts; delete from alert_channels");
});
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});
afterAll(async () => {
  receiver.close();
  await database.close();
});

const url = () => `http://127.0.0.1:${(receiver.address() as net.AddressInfo).port}/hook?key=hidden`;
const sender = (more: Partial<Sender> = {}): Sender => ({
  ...{ pool: database.pool, owner: "sender", consoleUrl: "https://console.example", allowed: ["loopback"] },
  ...more,
});

async function channel(kind: "webhook" | "slack" | "email", address: object): Promise<void> {
  await database.pool.query(
    `insert into alert_channels (name, kind, shown, secret, least_severity, states, changed_by)
       values ($1, $1, 'shown', $2, 'warning', '{firing,resolved}', 'test')`,
    [kind, JSON.stringify(address)],
  );
}

/** An alert that fires. */
async function fire(severity = "critical"): Promise<string> {
  return inTransaction(database.pool, async (client) => {
    const { rows } = await client.query<{ id: bigint }>(
      `insert into alerts (rule, subject, severity, state, title, cause, value, worst_value, started_at, seen_at)
         values ('dead-letters-parked', 'cause-' || clock_timestamp(), $1, 'pending', '1 parked in totals <b>', $2, 1, 1, now(), now()) returning id`,
      [severity, JSON.stringify({ kind: "event", event: { position: "42", type: "Counted", stream: "counter-1" } })],
    );
    const alert = String(rows[0]?.id);
    await step(client, alert, "firing");
    return alert;
  });
}

const step = (client: Parameters<typeof writeStep>[0], alert: string, to: "firing" | "resolved") =>
  writeStep(client, { alert, from: null, to, by: "test", reason: null, epoch: null });

async function sendAll(by = sender()): Promise<void> {
  for (const claimed of await claimDeliveries(by.pool, by.owner)) await sendClaimed(by, claimed);
}

const states = async () =>
  (
    await database.pool.query<{ state: string; attempts: number; error: string | null }>(
      "select state, attempts, error from alert_deliveries order by id",
    )
  ).rows;

test("a webhook is signed over id, time and body, and every attempt has the same id", async () => {
  await channel("webhook", { url: url(), secret });
  const alert = await fire();
  answers = [503];
  await sendAll();
  expect(await states()).toMatchObject([{ state: "waiting", attempts: 1, error: "the receiver answered 503" }]);
  await sendAll();
  expect(received).toHaveLength(1);
  await database.pool.query("update alert_deliveries set next_attempt_at = clock_timestamp()");
  await sendAll();
  await sendAll();
  expect(await states()).toMatchObject([{ state: "sent", attempts: 2, error: null }]);
  expect(received).toHaveLength(2);
  const [first, second] = received;
  expect(first?.headers["webhook-id"]).toBe(second?.headers["webhook-id"]);
  expect(first?.body).toBe(second?.body);
  const [id, timestamp] = [String(second?.headers["webhook-id"]), String(second?.headers["webhook-timestamp"])];
  expect(second?.headers["webhook-signature"]).toBe(signWebhook({ id, timestamp, body: second?.body ?? "", secret }));
  expect(Math.abs(Number(timestamp) - Date.now() / 1_000)).toBeLessThan(60);
  expect(JSON.parse(second?.body ?? "")).toMatchObject({
    type: "alert.firing",
    data: {
      alert,
      severity: "critical",
      url: `https://console.example/local/alerts/${alert}`,
      cause: { event: { position: "42" } },
    },
  });
});

test("a channel is told of what it asked for, and of no end whose beginning it was not told of", async () => {
  await channel("slack", { url: url() });
  await fire("notice");
  const alert = await fire();
  await inTransaction(database.pool, (client) => step(client, alert, "resolved"));
  // The end waits for the beginning, although both are due.
  answers = [500];
  await sendAll();
  await sendAll();
  expect(received).toHaveLength(1);
  await database.pool.query("update alert_deliveries set next_attempt_at = clock_timestamp()");
  await sendAll();
  await sendAll();
  expect(received.map(({ body }) => (JSON.parse(body) as { text: string }).text.split(":")[0])).toEqual([
    ...["*CRITICAL", "*CRITICAL", "*resolved"],
  ]);
  expect(received[1]?.body).toContain("totals &lt;b&gt;");
});

test("a refusal is final, a redirect is not followed, and no address or answer is written down", async () => {
  await channel("slack", { url: url() });
  answers = [404, 302];
  await fire();
  await sendAll();
  await fire();
  await sendAll();
  expect(await states()).toMatchObject([{ state: "failed" }, { state: "failed", error: "the receiver answered 302" }]);
  const { rows } = await database.pool.query("select error from alert_attempts");
  expect(JSON.stringify(rows)).not.toMatch(/hidden|said nothing|127\.0\.0\.1/);
  await fire();
  await sendAll(sender({ allowed: [] }));
  expect((await states())[2]).toMatchObject({ state: "failed", error: expect.stringContaining("loopback") });
  expect(received).toHaveLength(2);
});

test("what may have arrived is sent again to a webhook, which can tell, and to nobody else", async () => {
  await channel("webhook", { url: url(), secret });
  await channel("slack", { url: url() });
  await fire();
  answers = ["hang-up", "hang-up"];
  await sendAll();
  expect(await states()).toMatchObject([{ state: "waiting" }, { state: "unknown" }]);
  // The same when the sender dies between sending and writing it down.
  await fire();
  await database.pool.query(
    "update alert_deliveries set next_attempt_at = clock_timestamp() + interval '1 hour' where attempts > 0",
  );
  expect(await claimDeliveries(database.pool, "dies")).toHaveLength(2);
  expect(await claimDeliveries(database.pool, "other")).toHaveLength(0);
  await settleLostClaims(database.pool);
  expect((await states()).slice(2)).toMatchObject([{ state: "sending" }, { state: "sending" }]);
  await database.pool.query(
    "update alert_deliveries set lease_expires_at = clock_timestamp() - interval '1 second' where state = 'sending'",
  );
  await settleLostClaims(database.pool);
  expect((await states()).slice(2)).toMatchObject([
    { state: "waiting" },
    { state: "unknown", error: "the sender was lost" },
  ]);
});

test("killed before any statement, a sender sends nothing twice under another id and loses no webhook", async () => {
  await channel("webhook", { url: url(), secret });
  for (let cuts = 0; ; cuts++) {
    await fire();
    received = [];
    const cut = cutPool(database.pool, cuts);
    const done = await sendAll(sender({ pool: cut.pool })).then(
      () => true,
      () => false,
    );
    await database.pool.query(
      "update alert_deliveries set lease_expires_at = clock_timestamp() - interval '1 second' where state = 'sending'",
    );
    await settleLostClaims(database.pool);
    await sendAll();
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect((await states()).at(-1)).toMatchObject({ state: "sent" });
    if (done) break;
  }
});

test("a sender that wakes after its lease changes nothing but what has truly been sent", async () => {
  await channel("slack", { url: url() });
  await fire();
  const [late] = await claimDeliveries(database.pool, "frozen");
  if (!late) throw new Error("nothing was claimed");
  await database.pool.query("update alert_deliveries set lease_expires_at = clock_timestamp() - interval '1 second'");
  await settleLostClaims(database.pool);
  await recordOutcome(database.pool, late, { kind: "later", status: 503, error: "late" });
  expect(await states()).toMatchObject([{ state: "unknown" }]);
  await recordOutcome(database.pool, late, { kind: "sent", status: 200, error: null });
  expect(await states()).toMatchObject([{ state: "sent" }]);
});

test("a receiver that never answers holds up nobody else", async () => {
  const sockets: net.Socket[] = [];
  const silent = net.createServer((socket) => void sockets.push(socket.on("error", () => undefined)));
  await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
  await channel("webhook", { url: `http://127.0.0.1:${(silent.address() as net.AddressInfo).port}/`, secret });
  await channel("slack", { url: url() });
  await fire();
  const stop = new AbortController();
  const sending = sendNotices({ ...sender(), signal: stop.signal, onError: () => undefined });
  await eventually(async () => received.length === 1);
  await fire();
  await eventually(async () => received.length === 2);
  await eventually(async () => (await states()).filter(({ state }) => state === "sent").length === 2);
  expect((await states()).map(({ state }) => state)).toEqual(["sending", "sent", "waiting", "sent"]);
  expect(sockets).toHaveLength(1);
  stop.abort();
  for (const socket of sockets) socket.destroy();
  silent.close();
  await sending;
}, 30_000);

const people = { from: "tidemark@example.org", to: ["ada@example.org", "ben@example.org"] };

test("an e-mail arrives with the id of the state change as its Message-ID", async () => {
  const { mails, url: server, close } = await startMailServer();
  closing.push(async () => close());
  await channel("email", { url: server, ...people });
  await fire();
  await sendAll();
  expect(await states()).toMatchObject([{ state: "sent" }]);
  const { rows } = await database.pool.query("select message_id from alert_deliveries");
  expect(mails).toHaveLength(1);
  expect(mails[0]).toContain(`Message-ID: <${rows[0].message_id}@example.org>`);
  expect(mails[0]).toContain("Subject: CRITICAL: 1 parked in totals <b>");
  expect(mails[0]).toContain("https://console.example/local/alerts/");
});

test("an e-mail that was put off is tried again; one that may have been taken is not", async () => {
  const { url: busy, close: closeBusy } = await startMailServer({ refuses: true });
  closing.push(async () => closeBusy());
  await channel("email", { url: busy, ...people });
  await fire();
  await sendAll();
  expect(await states()).toMatchObject([{ state: "waiting", error: "the mail server answered 451" }]);
  const { mails, url: broken, close } = await startMailServer({ hangsUp: true });
  closing.push(async () => close());
  await database.pool.query("update alert_channels set secret = $1", [JSON.stringify({ url: broken, ...people })]);
  await database.pool.query("update alert_deliveries set next_attempt_at = clock_timestamp()");
  await sendAll();
  expect(mails).toHaveLength(1);
  expect(await states()).toMatchObject([{ state: "unknown" }]);
});

test("of two that claim in the same moment one has the channel's delivery, and the other nothing until it has ended", async () => {
  await channel("webhook", { url: url(), secret });
  await fire();
  await fire();
  // The first has chosen its delivery and has not committed; the second looks meanwhile, and sees none under way.
  const first = await database.pool.connect();
  try {
    await first.query("begin");
    const held = { query: first.query.bind(first) } as unknown as typeof database.pool;
    expect(await claimDeliveries(held, "one")).toHaveLength(1);
    const second = claimDeliveries(database.pool, "two");
    await eventually(async () => {
      const { rows } = await database.owner.query(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'",
      );
      return rows.length === 1;
    });
    await first.query("commit");
    expect(await second).toEqual([]);
  } finally {
    first.release();
  }
  expect(await states()).toMatchObject([{ state: "sending" }, { state: "waiting" }]);
});
