import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { tidemark } from "@/app/_lib/tidemark";
import { inProcessClient } from "@/app/api/in-process-client";
import { runLine } from "@/bin/testing/run-line";
import { type Stub, startStub } from "@/bin/testing/stub-server";
import { runHighWaterAgent } from "@/lib/event-store/high-water-agent";
import { highWaterChannel } from "@/lib/event-store/high-water-channel";
import { keepMerkleLog } from "@/lib/integrity/keep-merkle-log";
import { newSigningKey, readSigningKey } from "@/lib/integrity/signing-key";
import { executeRuns } from "@/lib/runs/run-executor";
import { prepareStore } from "@/lib/runtime/prepare-store";
import { createLogger } from "@/lib/telemetry/logger";
import { createTestDatabase, type TestDatabase } from "@/lib/testing/database";
import { eventually } from "@/lib/testing/eventually";

const token = "a-token-for-integrity";
const stop = new AbortController();
const folder = mkdtempSync(path.join(tmpdir(), "tidemark-integrity-"));
const log = createLogger("worker", { level: "silent" });
const { send } = inProcessClient(token);
let database: TestDatabase;
let server: Stub;
let loops: Promise<unknown>;
let ids: string[] = [];
let key = "";

beforeAll(async () => {
  database = await createTestDatabase();
  process.env.DATABASE_URL = database.url;
  process.env.TIDEMARK_TOKEN = token;
  process.env.TIDEMARK_DATA_DIR = path.join(folder, "data");
  await prepareStore({ url: database.url, schema: "tidemark" });
  const { pool, runKinds, config } = await tidemark();
  const { signal } = stop;
  loops = Promise.all([
    runHighWaterAgent({ pool, owner: "test", signal, notifyChannel: highWaterChannel("tidemark") }),
    keepMerkleLog({
      ...{ pool, owner: "test", key: config.signingKey, signal, log },
      noteFile: path.join(folder, "data", "checkpoint-note"),
    }),
    executeRuns({ pool, kinds: runKinds, worker: "test", signal, log }),
  ]);
  const { open } = inProcessClient(undefined);
  server = await startStub(async ({ method, url, headers, body }) => {
    const answer = await open(method, url, {
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)])),
      ...(body === "" ? {} : { body }),
    });
    return {
      takeOver: async (response) => {
        response.writeHead(answer.status, Object.fromEntries(answer.headers));
        for await (const part of answer.body ?? []) response.write(part);
        response.end();
      },
    };
  });
  // Bytes that a careless reader would not keep: odd spaces, escapes, numbers, a line break, texts of several bytes.
  const appended = await send("POST", "/api/v1/local/append", {
    headers: { "content-type": "application/json" },
    body: '{"appends":[{"stream":"parcel-ä","expectedVersion":"none","events":[{"type":"Sent","data":{"n": 1.50,\n "t":"\\u00e9é😀"},"metadata":{ "m":[] }},{"type":"Sent","data":{}},{"type":"Lost","data":[ ]}]}]}',
  });
  expect(appended.status, JSON.stringify(appended.json)).toBe(201);
  const { rows: last } = await pool.query("select max(position) as position from events");
  await settled(last[0].position);
  const { rows } = await pool.query("select event_id from events order by position");
  ids = rows.map(({ event_id }) => event_id);
});

afterAll(async () => {
  stop.abort();
  await server.close();
  await loops;
  await (await tidemark()).close();
  await database.close();
  rmSync(folder, { recursive: true });
});

/** Waits until a checkpoint speaks of the event at a position. */
const settled = (position: string) =>
  eventually(async () => {
    const { json } = await send("GET", "/api/v1/local/integrity");
    key = json.keys[0]?.verifier ?? "";
    return json.latest !== null && BigInt(json.latest.position) >= BigInt(position) && json;
  });
const tell = (args: readonly string[]) => runLine(args, { environment: { url: server.url, token } });
const file = (name: string, text: string) => {
  writeFileSync(path.join(folder, name), text);
  return path.join(folder, name);
};

test("the log is signed with a key of the data folder, and anybody can recompute the proof of an event", async () => {
  expect(readFileSync(path.join(folder, "data", "signing-key"), "utf8")).toMatch(/^PRIVATE\+KEY\+tidemark\.local\//);
  const status = await tell(["integrity"]);
  expect(status.out).toMatch(
    /^Log +tidemark\.local\/[\s\S]*Agreement +the tree as it is stored has the root[\s\S]*Unsigned +nothing/,
  );
  for (const id of ids) {
    const proven = await tell(["integrity", "prove", id, "--key", key]);
    expect([proven.code, proven.err], proven.out).toEqual([0, ""]);
    expect(proven.out).toMatch(/Proof +holds/);
  }
  const told = await tell(["integrity", "prove", "1"]);
  expect(told.err).toContain("The key is the one that the server tells");
  const other = key.replace(/^[^+]+/, "example.com/other");
  expect((await tell(["integrity", "prove", ids[0] ?? "", "--key", other])).code).toBe(65);
  const gone = await send("GET", "/api/v1/local/integrity/inclusion?position=999999");
  expect([gone.status, gone.json.code]).toEqual([404, "not-found"]);
  for (const query of ["", `?event=${ids[0]}&position=1`, `?event=${ids[0]}&size=9999`, "?position=x"]) {
    const { status, json } = await send("GET", `/api/v1/local/integrity/inclusion${query}`);
    expect([status, json.code], query).toEqual([400, "invalid-request"]);
  }
  expect((await send("GET", "/api/v1/local/integrity/checkpoints/999")).status).toBe(404);
});

test("a checkpoint that was kept proves that history only grew, over the API, by a run, and from a file alone", async () => {
  const kept = file("kept.note", (await tell(["integrity", "checkpoint"])).out);
  const { size } = JSON.parse((await tell(["integrity", "checkpoint", "--json"])).out);
  const { json: added } = await send("POST", "/api/v1/local/streams/parcel-2/events", {
    body: { expectedVersion: "none", events: [{ type: "Sent", data: { n: 4 } }] },
  });
  const { latest } = await settled(added.lastPosition);
  expect(latest.size).toBeGreaterThan(size);
  const grown = await tell(["integrity", "consistency", kept, "--key", key, "--json"]);
  expect(JSON.parse(grown.out)).toMatchObject({ holds: true, from: size, to: latest.size });
  const page = JSON.parse((await tell(["integrity", "checkpoints", "--limit", "1", "--json"])).out);
  expect([page.checkpoints[0].size, Number(page.next)]).toEqual([latest.size, latest.size]);
  expect((await send("GET", `/api/v1/local/integrity/checkpoints/${size}`)).json.note).toBe(readFileSync(kept, "utf8"));

  const now = file("now.note", latest.note);
  const held = () => readFileSync(path.join(folder, "data", "checkpoint-note"), "utf8");
  await eventually(async () => held() === (await tell(["integrity", "checkpoint"])).out);
  const out = path.join(folder, "all.jsonl");
  const exported = await tell(["export", "--out", out, "--audit", "--reveal", "--reason", "audit"]);
  expect(exported.code, exported.err).toBe(0);
  const offline = (...args: string[]) => runLine(["verify", "--key", key, "--json", ...args], { environment: {} });
  // The export and the run are audited, so the file may end with events that no kept checkpoint speaks of.
  const whole = await offline("--export", out, "--checkpoint", kept, now);
  expect([whole.code, JSON.parse(whole.out)], whole.err).toMatchObject([
    0,
    { holds: true, agrees: [size, latest.size], differs: null },
  ]);
  const lines = readFileSync(out, "utf8");
  const cases: readonly (readonly [text: string, verdict: object])[] = [
    [lines.replaceAll("1.50", "1.5"), { holds: false, differs: { size, after: 0 } }],
    [
      lines.replace('{"n":4}', '{"n":5}'),
      { holds: false, agrees: [size], differs: { size: latest.size, after: size } },
    ],
    [lines.split("\n").slice(1).join("\n"), { holds: false, agrees: [] }],
    [`${lines.split("\n")[0]}\n`, { holds: false, beyond: [size, latest.size] }],
  ];
  for (const [text, verdict] of cases) {
    const spoilt = await offline("--export", file("spoilt.jsonl", text), "--checkpoint", kept, now);
    expect([spoilt.code, JSON.parse(spoilt.out)]).toMatchObject([65, verdict]);
  }
  const twofold = await offline(
    "--export",
    file("twofold.jsonl", lines.replace('"n": 1.50', '"n": 1.5')),
    "--checkpoint",
    kept,
  );
  expect([twofold.code, twofold.err]).toEqual([
    65,
    expect.stringContaining("its data is not what its tidemarkdata says"),
  ]);
  const forged = file("forged.note", readFileSync(kept, "utf8").replace(/\n\d+\n/, "\n2\n"));
  expect((await offline("--export", out, "--checkpoint", forged)).code).toBe(65);
  expect((await runLine(["verify", "--export", out, "--checkpoint", kept], { environment: {} })).code).toBe(64);

  const run = await tell(["verify", "--checkpoint", kept, now, "--key", key, "--follow"]);
  expect([run.code, run.out], run.err).toEqual([0, expect.stringMatching(/leaves, checkpoints up to \d+: no fault/)]);
});

const hasPython = spawnSync("python3", ["--version"]).status === 0;

test.skipIf(!hasPython)(
  "a verifier that was written from the specifications alone, in another language, comes to the same verdicts",
  async () => {
    const [out, kept, now] = ["all.jsonl", "kept.note", "now.note"].map((name) => path.join(folder, name));
    const lines = readFileSync(out ?? "", "utf8");
    const verdict = (text: string, note: string | undefined, by = key) => {
      const args = ["docs/verifier/verify_history.py", file("other.jsonl", text), "--key", by, note ?? ""];
      const { status, stdout, stderr } = spawnSync("python3", args, { encoding: "utf8" });
      return `${status} ${stdout}${stderr}`;
    };
    expect(verdict(lines, kept)).toMatch(/^0 \S+: agrees/);
    expect(verdict(lines, now)).toMatch(/^0 \S+: agrees/);
    expect(verdict(lines.replace('{"n":4}', '{"n":5}'), kept)).toMatch(/^0 \S+: agrees/);
    expect(verdict(lines.replace('{"n":4}', '{"n":5}'), now)).toMatch(/^65 \S+: DIFFERS/);
    expect(verdict(lines.split("\n").slice(1).join("\n"), kept)).toMatch(/^65 \S+: DIFFERS/);
    expect(verdict(`${lines.split("\n")[0]}\n`, now)).toMatch(/^65 \S+: speaks of/);
    expect(verdict(lines, file("forged.note", readFileSync(kept ?? "", "utf8").replace(/\n\d+\n/, "\n2\n")))).toMatch(
      /^65 \S+: not signed/,
    );
    const stranger = readSigningKey(newSigningKey(key.slice(0, key.indexOf("+")))).verifier;
    expect(verdict(lines, kept, stranger)).toMatch(/^65 \S+: not signed/);
    expect(verdict("no event\n", kept)).toMatch(/^64 /);
    // Made without --audit a file cannot agree, and what may be the reason is said; not where it has nothing to do with the file.
    const bare = lines.split("\n").filter((line) => !line.includes('"operations-audit"'));
    expect(verdict(bare.slice(1).join("\n"), now)).toMatch(
      /^65 \S+: .*\nThe file has no entry of .* own audit, .* with --audit/,
    );
    expect(verdict(lines, kept, stranger)).not.toContain("--audit");
  },
);

test("a signing key that was lost is replaced by an act, and notes of both keys verify", async () => {
  const before = key;
  const kept = file("before.note", (await tell(["integrity", "checkpoint"])).out);
  const next = newSigningKey(before.slice(0, before.indexOf("+")));
  const { verifier } = readSigningKey(next);
  writeFileSync(path.join(folder, "data", "signing-key"), next);
  expect((await tell(["integrity", "begin-key", "nonsense", "--reason", "lost"])).err).toContain("not a public key");
  const begun = await tell(["integrity", "begin-key", verifier, "--reason", "the disk with it is lost"]);
  expect([begun.code, begun.out], begun.err).toEqual([0, expect.stringContaining(`in the place of ${before}`)]);
  expect((await tell(["integrity", "begin-key", before, "--reason", "back"])).err).toContain("does not come back");
  const { json: added } = await send("POST", "/api/v1/local/streams/parcel-3/events", {
    body: { expectedVersion: "none", events: [{ type: "Sent", data: { n: 5 } }] },
  });
  await settled(added.lastPosition);
  expect(key).toBe(verifier);
  const both = await tell(["integrity", "consistency", kept, "--key", before, verifier, "--json"]);
  expect(JSON.parse(both.out), both.err).toMatchObject({ holds: true, signedBy: verifier });
  expect((await tell(["integrity", "consistency", kept, "--key", before])).code).toBe(65);
  expect((await tell(["integrity", "prove", ids[0] ?? "", "--key", before, verifier])).code).toBe(0);
  const run = await tell(["verify", "--checkpoint", kept, "--key", before, "--follow"]);
  expect([run.code, run.out], run.err).toEqual([0, expect.stringMatching(/no fault/)]);
  const derived = await tell(["verify", "--derived", "--follow"]);
  expect([derived.code, derived.out], derived.err).toEqual([
    0,
    expect.stringMatching(/hold what their events come to/),
  ]);
  expect((await tell(["verify", "--derived", "--checkpoint", kept])).code).toBe(64);
  expect((await tell(["integrity"])).out).toMatch(/Key +\S+, since .*, after \d+ leaves\nKey +\S+, since /);
});

test("what was changed in the database makes the proof of its event fail, and a verification end with 65", async () => {
  await database.owner.query("alter table tidemark.events disable trigger all");
  await database.owner.query("update tidemark.events set data = '{\"n\":9}' where event_id = $1", [ids[0]]);
  const proven = await tell(["integrity", "prove", ids[0] ?? "", "--key", key]);
  expect([proven.code, proven.out]).toEqual([65, expect.stringMatching(/Proof +does NOT hold/)]);
  expect((await tell(["integrity", "prove", ids[1] ?? "", "--key", key])).code).toBe(0);
  const run = await tell(["verify", "--follow"]);
  expect([run.code, run.out]).toEqual([
    65,
    expect.stringMatching(/error: position 1 \(leaf 0\): the event was changed/),
  ]);
  const told = await tell(["integrity"]);
  expect([told.code, told.out]).toEqual([
    65,
    expect.stringMatching(/^CHANGED +1 fault, found .* by run \d+: position 1 /),
  ]);
  expect((await tell(["integrity", "settle", "--reason", "a test of ours"])).out).toContain("Settled 1.");
  expect((await tell(["integrity", "settle", "--reason", "once more"])).err).toContain("No alarm");
  expect(JSON.parse((await tell(["integrity", "--json"])).out).alarm).toBeNull();
  const bad = await send("POST", "/api/v1/local/verify", { body: { notes: ["no note"] } });
  expect([bad.status, bad.json.code]).toEqual([400, "invalid-request"]);
});
