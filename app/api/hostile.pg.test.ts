import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tidemark } from "@/app/_lib/tidemark";
import { endpoints } from "@/app/api/_endpoints";
import { type Answered, inProcessClient, type Sent } from "@/app/api/in-process-client";
import { openSession } from "@/lib/access/session";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";

const token = "a-token-for-tests-only";
const { send } = inProcessClient(token);
const stranger = inProcessClient(undefined);
const streamEvents = "/api/v1/local/streams/victim-1/events";
const good = { expectedVersion: "any", events: [{ type: "Stored", data: { n: 1 } }] };
let database: TestDatabase;
let before: string;

beforeAll(async () => {
  database = await createTestDatabase();
  process.env.DATABASE_URL = database.url;
  process.env.TIDEMARK_TOKEN = token;
  await prepareStore({ url: database.url, schema: "tidemark" });
  expect((await send("POST", streamEvents, { body: good })).status).toBe(201);
  before = await fingerprint();
});

afterAll(async () => {
  await (await tidemark()).close();
  await database.close();
});

/** Every row of every table that a request could change, as one hash. */
async function fingerprint(): Promise<string> {
  const tables = ["streams", "events", "consumers", "consumer_partitions", "traffic", "sign_in_links", "snapshots"];
  const parts = tables.map(
    // Refused attempts are audited; that entry is the one trace that they leave.
    (name) => `select '${name}' as source, md5(coalesce(string_agg(t::text, '' order by t::text), '')) as hash
    from tidemark.${name} t where coalesce(to_jsonb(t) ->> 'stream', to_jsonb(t) ->> 'name', '') <> 'operations-audit'`,
  );
  const { rows } = await database.owner.query(
    `select source || hash as line from (${parts.join(" union all ")}) x order by 1`,
  );
  return rows.map((row: { line: string }) => row.line).join();
}

/** A clear no: a problem document that names its code, has an id to ask about, and shows nothing of the inside. */
function expectProblem(answer: Answered, statuses: readonly number[]): void {
  expect(answer.headers.get("content-type"), answer.text).toBe("application/problem+json");
  expect(statuses, answer.text).toContain(answer.status);
  expect(answer.json).toMatchObject({ status: answer.status, code: expect.any(String), detail: expect.any(String) });
  expect(answer.json.requestId).toBe(answer.headers.get("x-request-id"));
  expect(answer.text).not.toMatch(/node_modules|at \w+ \(|syntax error at|pg_catalog/);
}

const unchanged = async () => expect(await fingerprint()).toBe(before);

test("without a token or session every door is shut, whatever is sent", async () => {
  for (const [method, { path }] of endpoints) {
    const address = path.replace("{store}", "local").replaceAll(/\{\w+\}/g, "x");
    const post: Sent = method === "post" ? { body: good } : {};
    expectProblem(await stranger.send(method.toUpperCase(), address, post), [401]);
    const wrong = { ...post, headers: { authorization: "Bearer wrong" } };
    expectProblem(await stranger.send(method.toUpperCase(), address, wrong), [401]);
  }
  await unchanged();
});

test("a change that a foreign page makes with our cookie is refused; our own page's is not", async () => {
  const { pool } = await tidemark();
  const cookie = `tidemark_session=${await openSession(pool, "someone", "admin")}`;
  const tries: Record<string, string>[] = [
    {},
    { origin: "https://evil.example" },
    { origin: "null" },
    { origin: "http://console.test.evil.example" },
    { origin: "http://console.test", "sec-fetch-site": "cross-site" },
    { "sec-fetch-site": "same-site" },
    { "sec-fetch-site": "none" },
  ];
  for (const headers of tries) {
    expectProblem(await stranger.send("POST", streamEvents, { body: good, headers: { cookie, ...headers } }), [403]);
  }
  await unchanged();
  const viewer = `tidemark_session=${await openSession(pool, "a-viewer", "viewer")}`;
  const ours = { origin: "http://console.test", "sec-fetch-site": "same-origin" };
  expectProblem(await stranger.send("POST", streamEvents, { body: good, headers: { cookie: viewer, ...ours } }), [403]);
  await unchanged();
  const { rows: refused } = await database.owner.query(
    "select data::json ->> 'by' as by, data::json ->> 'target' as target from tidemark.events where type = 'OperationRefused'",
  );
  expect(refused).toEqual([{ by: "a-viewer", target: "victim-1" }]);
  const read = await stranger.send("GET", streamEvents, { headers: { cookie: viewer } });
  expect(read.status).toBe(200);
});

const deep = `${"[".repeat(200)}${"]".repeat(200)}`;
const bodies: readonly [what: string, body: string | Uint8Array, status: number, reason?: string][] = [
  ["nothing", "", 400],
  ["half an object", '{"expectedVersion":"any","events":[', 400],
  ["text behind the end", `${JSON.stringify(good)} x`, 400],
  ["a list", "[]", 400],
  ["null", "null", 400],
  ["no events", '{"expectedVersion":"any","events":[]}', 400],
  ["an unknown field", '{"expectedVersion":"any","events":[{"type":"A","data":1}],"admin":true}', 400],
  ["no payload", '{"expectedVersion":"any","events":[{"type":"A"}]}', 400],
  ["a negative version", '{"expectedVersion":-1,"events":[{"type":"A","data":1}]}', 400],
  ["an id that is none", '{"expectedVersion":"any","events":[{"id":"1","type":"A","data":1}]}', 400],
  [
    "a time that never was",
    '{"expectedVersion":"any","events":[{"type":"A","data":1,"occurredAt":"2026-02-30T00:00:00Z"}]}',
    400,
  ],
  ["a line break in a type", '{"expectedVersion":"any","events":[{"type":"A\\nB","data":1}]}', 400],
  ["NUL", '{"expectedVersion":"any","events":[{"type":"A","data":"\\u0000"}]}', 422, "nul-character"],
  [
    "half a surrogate pair",
    '{"expectedVersion":"any","events":[{"type":"A","data":"\\ud800"}]}',
    422,
    "lone-surrogate",
  ],
  [
    "a number that JSON loses",
    '{"expectedVersion":"any","events":[{"type":"A","data":9007199254740993}]}',
    422,
    "number-not-exact",
  ],
  ["a key twice", '{"expectedVersion":"any","events":[{"type":"A","data":{"a":1,"a":2}}]}', 422, "duplicate-key"],
  ["200 levels", `{"expectedVersion":"any","events":[{"type":"A","data":${deep}}]}`, 422, "too-deep"],
  ["bytes that are no text", Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d), 400],
  ["an event above 1 MiB", JSON.stringify({ ...good, events: [{ type: "A", data: "x".repeat(1_100_000) }] }), 413],
  ["a request above 8 MiB", `"${"x".repeat(9_000_000)}"`, 413],
];

test.each(bodies)("a body with %s is refused in words", async (_, body, status, reason) => {
  const answer = await send("POST", streamEvents, { body, headers: { "content-type": "application/json" } });
  expectProblem(answer, [status]);
  if (reason)
    expect(answer.json).toMatchObject({ code: "payload-refused", reason, path: expect.stringMatching(/^\$\.events/) });
  await unchanged();
});

test("a body of another kind is refused before it is read", async () => {
  for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]) {
    const sent = { body: JSON.stringify(good), headers: { "content-type": type } };
    expectProblem(await send("POST", streamEvents, sent), [415]);
  }
  await unchanged();
});

test("headers that would enter the log are checked", async () => {
  const tries = [
    { "idempotency-key": "x".repeat(201) },
    { "correlation-id": "a b" },
    { "causation-id": "é" },
    { traceparent: "00-00000000000000000000000000000000-0000000000000000-01" },
    { traceparent: "'; drop table events; --" },
  ];
  for (const headers of tries) expectProblem(await send("POST", streamEvents, { body: good, headers }), [400]);
  await unchanged();
});

const nasty = fc.oneof(
  fc.constantFrom(
    "'",
    "' or 1=1 --",
    "\u0000",
    "%00",
    "../../etc/passwd",
    "\ud800",
    "$1",
    "{}",
    "𝒳",
    "9".repeat(40),
    "-1",
    "NaN",
  ),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 600 }),
);
const parameters = ["after", "before", "limit", "type", "category", "stream", "correlation", "actor", "from", "to"];
const streamParameters = ["prefix", "contains", "sort", "cursor", "version", "at", "direction", "key", "minPosition"];
const names = fc.constantFrom(...parameters, ...streamParameters, "data.a", "data.a.0", "data.", "range", "__proto__");

test("no value in an address breaks a read: it is answered, or refused in words", async () => {
  const reads = endpoints.filter(([method, { path }]) => method === "get" && !path.includes("/live"));
  const address = fc
    .tuple(
      fc.constantFrom(...reads),
      fc.array(nasty, { maxLength: 3 }),
      fc.array(fc.tuple(names, nasty), { maxLength: 3 }),
    )
    .map(([[, { path }], parts, query]) => {
      let place = 0;
      const filled = path.replace("{store}", "local").replaceAll(/\{\w+\}/g, () => encoded(parts[place++] ?? "x"));
      return `${filled}?${query.map(([key, value]) => `${encoded(key)}=${encoded(value)}`).join("&")}`;
    });
  await fc.assert(
    fc.asyncProperty(address, async (target) => {
      // A wait of ten seconds is a right answer, too, but not one to wait for here.
      fc.pre(!/minPosition=\d/.test(target));
      const answer = await send("GET", target);
      if (answer.status !== 200) expectProblem(answer, [400, 404, 422]);
    }),
    { numRuns: 400 },
  );
  await unchanged();
}, 60_000);

test("no JSON in a body breaks a write, and none that is refused leaves a trace", async () => {
  const writes = endpoints.filter(
    ([method, { path }]) => method === "post" && !/traffic|sign-in|import|verify/.test(path),
  );
  // The empty object is what some acts want, and no fault.
  const faulty = fc.json({ maxDepth: 4 }).filter((text) => text !== "{}");
  const request = fc.tuple(fc.constantFrom(...writes), faulty, fc.array(nasty, { maxLength: 3 }));
  await fc.assert(
    fc.asyncProperty(request, async ([[, { path }], body, parts]) => {
      let place = 0;
      const target = path.replace("{store}", "local").replaceAll(/\{\w+\}/g, () => encoded(parts[place++] ?? "x"));
      const answer = await send("POST", target, { body, headers: { "content-type": "application/json" } });
      // A payload may be tried against any type, a name that nobody declared included: the answer says so.
      if (!(path.endsWith("/upcast") && answer.status === 200)) expectProblem(answer, [400, 404, 413, 422]);
    }),
    { numRuns: 300 },
  );
  await unchanged();
}, 60_000);

/** Percent-encoded as a client that knows no Unicode would: half a pair becomes bytes that are no text. */
function encoded(text: string): string {
  return /\p{Cs}/u.test(text) ? "%ED%A0%80" : encodeURIComponent(text);
}
