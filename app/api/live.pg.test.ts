import { afterAll, beforeAll, expect, test } from "vitest";
import { tidemark } from "@/app/_lib/tidemark";
import { inProcessClient } from "@/app/api/in-process-client";
import { runHighWaterAgent } from "@/lib/event-store/high-water-agent";
import { highWaterChannel } from "@/lib/event-store/high-water-channel";
import { closeAllLive } from "@/lib/live/live-log";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

const token = "a-token-for-tests-only";
const { send, open } = inProcessClient(token);
let database: TestDatabase;
const stop = new AbortController();
let agent: Promise<void>;

beforeAll(async () => {
  database = await createTestDatabase();
  process.env.DATABASE_URL = database.url;
  process.env.TIDEMARK_TOKEN = token;
  await prepareStore({ url: database.url, schema: "tidemark" });
  agent = runHighWaterAgent({
    pool: database.pool,
    owner: "live-test",
    signal: stop.signal,
    notifyChannel: highWaterChannel("tidemark"),
  });
});

afterAll(async () => {
  stop.abort();
  closeAllLive();
  await agent;
  await (await tidemark()).close();
  await database.close();
});

/** Reads frames until `enough`, then goes away as a browser does. Answers the ids in order, and the last comment. */
async function watch(query: string, enough: (ids: readonly string[]) => boolean, lastEventId?: string) {
  const gone = new AbortController();
  const headers: Record<string, string> = lastEventId === undefined ? {} : { "last-event-id": lastEventId };
  const response = await open("GET", `/api/v1/local/live${query}`, { signal: gone.signal, headers });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  const ids: string[] = [];
  const data: string[] = [];
  let rest = "";
  let comment = "";
  while (!enough(ids)) {
    const { done, value } = await reader.read();
    if (done) break;
    rest += decoder.decode(value, { stream: true });
    const frames = rest.split("\n\n");
    rest = frames.pop() ?? "";
    for (const frame of frames) {
      const id = /^id: (\d+)$/m.exec(frame)?.[1];
      if (id !== undefined && !enough(ids)) {
        ids.push(id);
        data.push(frame.replace(/^(event|id):.*\n/gm, "").replace(/^data: /gm, ""));
      } else if (frame.startsWith(":")) comment = frame;
    }
  }
  gone.abort();
  await reader.cancel().catch(() => undefined);
  return { ids, data, comment };
}

const append = (stream: string, count: number, type = "Ticked") =>
  send("POST", `/api/v1/local/streams/${stream}/events`, {
    body: { expectedVersion: "any", events: Array.from({ length: count }, (_, n) => ({ type, data: { n } })) },
  });

const positions = async (where = "true"): Promise<string[]> => {
  const { rows } = await database.owner.query(
    `select e.position::text from tidemark.events e where ${where} order by e.position`,
  );
  return rows.map((row: { position: string }) => row.position);
};

test("a viewer that keeps losing its connection sees every event once, in order, while writers write", async () => {
  await append("before-1", 30);
  const writers = Array.from({ length: 4 }, async (_, writer) => {
    for (let n = 0; n < 40; n++) expect((await append(`live-${writer}`, 1 + (n % 3))).status).toBe(201);
  });
  const total = 30 + 4 * Array.from({ length: 40 }, (_, n) => 1 + (n % 3)).reduce((a, b) => a + b);
  const seen: string[] = [];
  const connections = { count: 0 };
  while (seen.length < total) {
    connections.count += 1;
    const most = 1 + ((connections.count * 37) % 60);
    const last = seen.at(-1);
    const { ids } = await watch("?after=0", (got) => got.length >= most || seen.length + got.length >= total, last);
    seen.push(...ids);
  }
  await Promise.all(writers);
  expect(seen).toEqual(await positions());
  expect(connections.count).toBeGreaterThan(5);
}, 60_000);

test("without a position a viewer begins at the end, and a filter lets only its own through", async () => {
  const watching = watch("?type=Wanted&category=pick", (ids) => ids.length >= 2);
  await eventually(async () => {
    await append("pick-1", 1, "Wanted");
    await append("pick-1", 1, "Other");
    await append("else-1", 1, "Wanted");
    return Promise.race([watching, Promise.resolve(undefined)]);
  });
  const { ids, data } = await watching;
  const wanted = await positions("type = 'Wanted' and category = 'pick'");
  expect(wanted.slice(wanted.indexOf(ids[0] ?? ""), wanted.indexOf(ids[0] ?? "") + 2)).toEqual(ids);
  expect(JSON.parse(data[0] ?? "")).toMatchObject({ type: "Wanted", stream: "pick-1", position: ids[0] });
});

test("nothing above the high-water mark is shown, even while a position below it is still open", async () => {
  const holder = await database.owner.connect();
  try {
    await holder.query("begin");
    const floor = "(tidemark.floor_tag()::bigint << 48) | (select last_value from tidemark.position_seq)";
    await holder.query(`select pg_advisory_xact_lock_shared(${floor})`);
    const from = (await positions()).at(-1) ?? "0";
    await append("held-1", 2);
    const seen: string[] = [];
    const watching = watch(`?after=${from}`, (ids) => {
      seen.splice(0, seen.length, ...ids);
      return ids.length >= 2;
    });
    await eventually(async () => {
      const { rows } = await database.owner.query(
        "select checked_at > clock_timestamp() - interval '1 second' as fresh from tidemark.high_water",
      );
      return rows[0].fresh === true;
    });
    expect(seen).toEqual([]);
    await holder.query("commit");
    expect((await watching).ids).toEqual(await positions("stream = 'held-1'"));
  } finally {
    holder.release(true);
  }
});

/** Reads a stream of topics until `enough` frames of events came, then goes away. Answers the data of each topic, and the last id and event. */
async function watchTopics(
  topics: readonly { readonly topic: string; readonly [more: string]: string }[],
  enough: number,
  lastEventId = "",
) {
  const gone = new AbortController();
  const headers: Record<string, string> = lastEventId === "" ? {} : { "last-event-id": lastEventId };
  const address = `/api/v1/local/live/topics?topics=${encodeURIComponent(JSON.stringify(topics))}`;
  const response = await open("GET", address, { signal: gone.signal, headers });
  expect(response.headers.get("content-type")).toContain("text/event-stream");
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  const got = topics.map((): string[] => []);
  let [rest, id, event, frames] = ["", lastEventId, "", 0];
  while (frames < enough) {
    const { done, value } = await reader.read();
    if (done) break;
    const parts = (rest + decoder.decode(value, { stream: true })).split("\n\n");
    rest = parts.pop() ?? "";
    for (const frame of parts) {
      if (frames >= enough) break;
      event = /^event: (.*)$/m.exec(frame)?.[1] ?? event;
      id = /^id: (.*)$/m.exec(frame)?.[1] ?? id;
      if (!/^\d+$/.test(event)) continue;
      if (topics[Number(event)]?.topic === "events") frames += 1;
      got[Number(event)]?.push(frame.replace(/^(retry|event|id):.*\n/gm, "").replace(/^data: /gm, ""));
    }
  }
  gone.abort();
  await reader.cancel().catch(() => undefined);
  return { got, id, event };
}

test("one stream carries many topics, and one id resumes all of them while writers write", async () => {
  const before = (await positions()).at(-1) ?? "0";
  const topics = [
    { topic: "events", after: before },
    { topic: "events", after: "0", type: "Ticked", stream: "before-1" },
    { topic: "events", after: before, category: "many" },
    { topic: "runs" },
  ];
  const writers = Array.from({ length: 3 }, async (_, writer) => {
    for (let n = 0; n < 30; n++) await append(n % 2 ? `many-${writer}` : `else-${writer}`, 1 + (n % 2));
  });
  const wanted = () => [
    `e.position > ${before}`,
    "e.stream = 'before-1'",
    `e.position > ${before} and e.category = 'many'`,
  ];
  const seen = topics.map((): string[] => []);
  let id = "";
  const total = 3 * 45 + 30 + 3 * 30;
  for (let round = 1, left = total; left > 0; round++) {
    const watched = await watchTopics(topics, Math.min(left, 1 + ((round * 37) % 60)), id);
    id = watched.id;
    for (const [index, data] of watched.got.entries()) seen[index]?.push(...data);
    left = total - seen.slice(0, 3).reduce((sum, of) => sum + of.length, 0);
  }
  await Promise.all(writers);
  for (const [index, where] of wanted().entries()) {
    expect(seen[index]?.map((data) => JSON.parse(data).position)).toEqual(await positions(where));
  }
  expect(seen[3]?.[0]).toBe("[]");
}, 60_000);

test("topics that are none, too many of them or the id of others are refused before the stream opens", async () => {
  const ask = (topics: unknown, headers = {}) =>
    send(
      "GET",
      `/api/v1/local/live/topics?topics=${encodeURIComponent(typeof topics === "string" ? topics : JSON.stringify(topics))}`,
      { headers },
    );
  const many = Array.from({ length: 33 }, () => ({ topic: "lag" }));
  for (const faulty of [
    "no json",
    "{}",
    [],
    many,
    [{ topic: "secrets" }],
    [{ topic: "lag", after: "1" }],
    [{ topic: "events", after: "-1" }],
  ]) {
    expect((await ask(faulty)).json, JSON.stringify(faulty).slice(0, 60)).toMatchObject({
      code: "invalid-request",
      status: 400,
    });
  }
  const other = await ask([{ topic: "lag" }, { topic: "moved" }], { "last-event-id": "1.-" });
  expect(other.json).toMatchObject({ code: "invalid-request", issues: [{ path: "last-event-id" }] });
});

test("when the console stops, open streams end with a comment", async () => {
  const watching = watch("?after=999999999", () => false);
  await eventually(() => {
    closeAllLive();
    return Promise.race([
      watching.then(() => true),
      new Promise<void>((resolve) => setImmediate(resolve)).then(() => undefined),
    ]);
  });
  expect((await watching).comment).toBe(": closing; reconnect with Last-Event-ID");
  const topics = watchTopics([{ topic: "moved", after: "999999999" }, { topic: "alerts" }], 99);
  await eventually(() => {
    closeAllLive();
    return Promise.race([
      topics.then(() => true),
      new Promise<void>((resolve) => setImmediate(resolve)).then(() => undefined),
    ]);
  });
  expect((await topics).event).toBe("end");
});

test("a position that is none is refused before the stream opens", async () => {
  expect((await send("GET", "/api/v1/local/live?after=-1")).json).toMatchObject({
    code: "invalid-request",
    status: 400,
  });
  const headers = { "last-event-id": "12; drop" };
  expect((await send("GET", "/api/v1/local/live", { headers })).json).toMatchObject({ code: "invalid-request" });
});
