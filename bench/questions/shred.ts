import { randomBytes, randomUUID } from "node:crypto";
import type pg from "pg";
import { createCatalog } from "@/lib/catalog/catalog";
import { openPool } from "@/lib/db/pool";
import { modules } from "@/lib/domain";
import { importBatch } from "@/lib/import/import-batch";
import { newSigningKey } from "@/lib/integrity/signing-key";
import { openKeks } from "@/lib/keys/open-keks";
import { openKeyStore } from "@/lib/keys/open-key-store";
import { prepareKeys } from "@/lib/keys/prepare-keys";
import { readStoreIdentity } from "@/lib/keys/store-identity";
import { createSealing } from "@/lib/privacy/sealing";
import type { Answer, Line } from "../answer";
import { spreadOf } from "../measure";
import { orderLife } from "../orders";
import type { Setting } from "../setting";
import { openSizedStore, type SizedStore, TOKEN } from "../sized-store";

const PERSON = "c-somebody";
/** Of the fifteen events of an order three hold what is known of its customer. */
const ORDER = { events: 15, sealed: 3 };

/** How long does it take to forget a person with ten thousand events, in a console and a worker as they are installed? */
export async function askShred(setting: Setting): Promise<readonly Answer[]> {
  const own = Math.ceil((setting.quick ? 60 : 10_000) / ORDER.sealed);
  const others = Math.ceil((setting.events ?? (setting.quick ? 1_000 : 100_000)) / ORDER.events);
  const keys = { url: await setting.database("shredkeys"), kek: randomBytes(32).toString("base64") };
  const environment = {
    TIDEMARK_KEYS_URL: keys.url,
    TIDEMARK_KEK: keys.kek,
    TIDEMARK_SIGNING_KEY: newSigningKey("example.com/bench"),
    // One principal asks and approves: what the second would think about is not measured.
    TIDEMARK_SAFETY: "open",
  };
  const events = (own + others) * ORDER.events;
  const store = await openSizedStore(setting, events, {
    environment,
    fill: (owner, url) => fillOrders(owner, url, keys, { own, others }),
  });
  try {
    store.startWorker();
    await followed(store);
    const begun = performance.now();
    const { request } = await ask<{ request: { id: string } }>(store, "POST", "/shreds", {
      subject: PERSON,
      reason: "measured",
    });
    const path = `/shreds/${request.id}`;
    const { previewHash, preview } = await until<Shred>(store, path, (shred) => shred.previewHash !== null);
    const previewed = performance.now();
    await ask(store, "POST", `${path}/approve`, { preview: previewHash });
    await until<Shred>(store, path, ({ state }) => state === "completed");
    const completed = performance.now();
    return [answerOf(events, preview?.events ?? 0, (previewed - begun) / 1_000, (completed - previewed) / 1_000)];
  } finally {
    await store.close();
  }
}

type Shred = {
  readonly state: string;
  readonly previewHash: string | null;
  readonly preview: { readonly events: number } | null;
};

/** Imports the orders of one person and those of many others, sealed as an application's would be. */
async function fillOrders(
  owner: pg.Pool,
  url: string,
  { url: keyUrl, kek }: { readonly url: string; readonly kek: string },
  { own, others }: { readonly own: number; readonly others: number },
): Promise<void> {
  const source = { text: kek };
  await prepareKeys({ events: { url, schema: "tidemark" }, url: keyUrl, kek: source, mayMakeKek: false });
  const pool = openPool({ url, applicationName: "bench" });
  const expected = () => readStoreIdentity(owner);
  const keys = openKeyStore({ url: keyUrl, applicationName: "bench-keys", kek: openKeks(source), expected });
  try {
    const catalog = createCatalog(modules, [], keys);
    const sealing = createSealing(keys, catalog.personalPaths);
    // The person's orders lie all over the log, as in life.
    const every = Math.max(1, Math.floor((own + others) / own));
    for (let first = 0; first < own + others; first += 500) {
      const orders = Array.from({ length: Math.min(500, own + others - first) }, (_, index) => first + index);
      const lines = orders.flatMap((order) => linesOf(order, order % every === 0 && order < own * every));
      const { refused } = await importBatch({ pool, sealing }, lines);
      if (refused.length > 0) throw new Error(`Refused: ${refused[0]?.message}`);
    }
  } finally {
    await Promise.all([keys.close(), pool.end()]);
  }
}

/** The life of an order as lines of an import. */
function linesOf(order: number, ofPerson: boolean): readonly string[] {
  return orderLife(order).map(({ type, schemaVersion, data }) =>
    JSON.stringify({
      ...{ specversion: "1.0", id: randomUUID(), source: "/bench", type, subject: `order-${order}` },
      schemaversion: String(schemaVersion),
      data: ofPerson && "customerId" in (data as object) ? { ...(data as object), customerId: PERSON } : data,
    }),
  );
}

/** Resolves when every read model has all events. */
async function followed({ owner, events }: SizedStore): Promise<void> {
  for (;;) {
    const { rows } = await owner.query<{ done: boolean | null }>(
      "select bool_and(checkpoint >= $1) as done from consumer_partitions",
      [events],
    );
    if (rows[0]?.done) return;
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
}

async function ask<T>({ api }: SizedStore, method: string, path: string, body?: object): Promise<T> {
  const headers = { authorization: `Bearer ${TOKEN}`, "content-type": "application/json" };
  const answer = await fetch(`${api}${path}`, { method, headers, ...(body ? { body: JSON.stringify(body) } : {}) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 500)}`);
  return JSON.parse(text) as T;
}

async function until<T>(store: SizedStore, path: string, done: (found: T) => boolean): Promise<T> {
  for (;;) {
    const found = await ask<T>(store, "GET", path);
    if (done(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function answerOf(events: number, sealed: number, preview: number, shred: number): Answer {
  const line = (name: string, seconds: number, note: string): Line => ({ name, figure: spreadOf([seconds]), note });
  return {
    title: `Forgetting a person with ${sealed.toLocaleString("en")} events, in a log of ${events.toLocaleString("en")}`,
    unit: "s",
    lines: [
      line("preview", preview, "from the request to its preview: what is held, and where"),
      line("shred", shred, "from approval to the certificate: keys, read models, every place looked through"),
    ],
    goals: [
      {
        question: "forgetting a person with 10,000 events, from approval to the certificate",
        reached: shred,
        unit: "s",
        must: 30,
        aim: null,
        better: "lower",
      },
    ],
  };
}
