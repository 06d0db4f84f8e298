import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import { createCatalog } from "@/lib/catalog/catalog";
import { openPool } from "@/lib/db/pool";
import { modules } from "@/lib/domain";
import { createEventStore, type EventStore } from "@/lib/event-store/store";
import type { KeyStore } from "@/lib/keys/key-store";
import { openKeks } from "@/lib/keys/open-keks";
import { openKeyStore } from "@/lib/keys/open-key-store";
import { prepareKeys } from "@/lib/keys/prepare-keys";
import { readStoreIdentity } from "@/lib/keys/store-identity";
import { bringKeys, type SealedEvent } from "@/lib/privacy/keys-at-hand";
import { openPayload } from "@/lib/privacy/open-payload";
import { createSealing, type Sealing } from "@/lib/privacy/sealing";
import type { Answer } from "../answer";
import { rate, spreadOf, takeRounds, timed } from "../measure";
import { orderLife } from "../orders";
import type { Setting } from "../setting";

const CALLERS = 32;
/** Of `orderLife`. */
const PEOPLE = 5_000;

/**
 * What do sealed fields and the leaves of the Merkle log cost? The same orders are appended with and without, in turns; then
 * what was sealed is opened.
 */
export async function askSealing(setting: Setting): Promise<readonly Answer[]> {
  const url = await setting.tidemarkDatabase("sealing");
  const keyUrl = await setting.database("sealingkeys");
  const kek = { text: randomBytes(32).toString("base64") };
  await prepareKeys({ events: { url, schema: "tidemark" }, url: keyUrl, kek, mayMakeKek: false });
  const pool = openPool({ url, applicationName: "bench" });
  // A log of its own for each: against one that holds three contenders' events, the shortest would win.
  const barePool = openPool({ url: await withoutLeaves(setting), applicationName: "bench" });
  const plainPool = openPool({ url: await setting.tidemarkDatabase("plain"), applicationName: "bench" });
  const newPool = openPool({ url: await setting.tidemarkDatabase("strangers"), applicationName: "bench" });
  const expected = () => readStoreIdentity(pool);
  const keys = openKeyStore({ url: keyUrl, applicationName: "bench-keys", kek: openKeks(kek), expected });
  const catalog = createCatalog(modules, [], keys);
  const sealing = createSealing(keys, catalog.personalPaths);
  try {
    const bare = orderAppender(createEventStore({ pool: barePool }), 1);
    const plain = orderAppender(createEventStore({ pool: plainPool }), 1);
    const sealed = orderAppender(createEventStore({ pool, sealing }), 100_000_000);
    // Of the same key store: new people must not push those out who have keys.
    const strangers = orderAppender(
      createEventStore({ pool: newPool, sealing }),
      200_000_000,
      (order) => `new-${order}`,
    );
    for (let first = 0; first < PEOPLE; first += 500) {
      const some = Array.from({ length: 500 }, (_, index) => `c-${first + index}`);
      await keys.keysToSeal(null, some);
    }
    // Short turns: a slow moment of the machine then hurts all of them alike.
    const [seconds, rounds] = setting.quick ? [0.3, 2] : [1, 31];
    for (const append of [bare, plain, sealed, strangers]) await rate(CALLERS, setting.quick ? 0.1 : 2, append);
    const figures = await takeRounds(
      [
        { name: "bare", run: () => rate(CALLERS, seconds, bare) },
        { name: "plain", run: () => rate(CALLERS, seconds, plain) },
        { name: "sealed", run: () => rate(CALLERS, seconds, sealed) },
        { name: "strangers", run: () => rate(CALLERS, seconds, strangers) },
      ],
      rounds,
    );
    const of = (name: string) => figures.get(name) ?? [];
    const appended = appendAnswer(of("bare"), of("plain"), of("sealed"), of("strangers"));
    return [appended, await openingAnswer(setting, keys, sealing)];
  } finally {
    await keys.close();
    await Promise.all([pool, barePool, plainPool, newPool].map((each) => each.end()));
  }
}

/** A store whose events all have the same leaf, which nobody computes. */
async function withoutLeaves(setting: Setting): Promise<string> {
  const url = await setting.tidemarkDatabase("bare");
  const owner = openPool({ url, role: null, max: 1, applicationName: "bench-owner" });
  await owner.query(`create or replace function tidemark.leaf_hash(p_position bigint, p_id uuid, p_stream text, p_version bigint,
    p_type text, p_schema_version integer, p_recorded_us bigint, p_occurred_us bigint, p_correlation text, p_causation text,
    p_actor text, p_tenant text, p_data text, p_metadata text) returns bytea language sql stable parallel safe as
    $$ select '\\x${"00".repeat(32)}'::bytea $$`);
  await owner.end();
  return url;
}

/** Appends the lives of orders event by event, each caller its own orders: 3 of 15 events hold personal data, in 7 fields. */
function orderAppender(store: EventStore, from: number, customerOf?: (order: number) => string) {
  let next = from;
  const lives = new Map<
    number,
    { readonly stream: string; readonly events: ReturnType<typeof orderLife>; at: number }
  >();
  return async (caller: number): Promise<void> => {
    let life = lives.get(caller);
    if (!life || life.at === life.events.length) {
      const number = next++;
      life = { stream: `order-${number}`, events: lifeOf(number, customerOf?.(number)), at: 0 };
      lives.set(caller, life);
    }
    const event = life.events[life.at];
    if (!event) return;
    const stored = { ...event, data: JSON.stringify(event.data) };
    await store.append({
      writes: [{ stream: life.stream, expectedVersion: life.at === 0 ? "none" : life.at, events: [stored] }],
    });
    life.at += 1;
  };
}

/** The life of an order, of its usual customer or of another one. */
function lifeOf(number: number, customerId: string | undefined): ReturnType<typeof orderLife> {
  if (customerId === undefined) return orderLife(number);
  return orderLife(number).map(({ data, ...event }) => ({ ...event, data: { ...(data as object), customerId } }));
}

type Rates = readonly number[];

function appendAnswer(bare: Rates, plain: Rates, sealed: Rates, strangers: Rates): Answer {
  // Within each round: these appends keep both processors busy, and what else the machine does changes the rates twofold.
  const ratio = (to: Rates) => spreadOf(sealed.map((figure, round) => figure / (to[round] ?? Number.NaN))).median;
  return {
    title: `Append of whole orders, ${CALLERS} callers, 1 event each, personal fields plain and sealed`,
    unit: "appends/s",
    lines: [
      { name: "stored plain, without leaves", figure: spreadOf(bare) },
      { name: "stored plain", figure: spreadOf(plain) },
      {
        name: "sealed",
        figure: spreadOf(sealed),
        note: "7 fields in 15 events, 5,000 people who have keys, a key store in the same server",
      },
      {
        name: "sealed, each order of somebody new",
        figure: spreadOf(strangers),
        note: "before one of 15 appends a key is made",
      },
    ],
    goals: [
      {
        question: "append: sealed and with leaves against plain and without, median of the rounds",
        reached: ratio(bare),
        unit: "×",
        must: 0.8,
        aim: 0.9,
        better: "higher",
      },
      {
        question: "append: sealed against plain, median of the rounds",
        reached: ratio(plain),
        unit: "×",
        must: 0.8,
        aim: 0.9,
        better: "higher",
      },
    ],
  };
}

/** Opens the four personal fields of many placed orders in this one thread, their keys brought a batch at a time. */
async function openingAnswer(setting: Setting, keys: KeyStore, sealing: Sealing | undefined): Promise<Answer> {
  const placed = Array.from({ length: 2_000 }, (_, number): SealedEvent => {
    const event = orderLife(number).find(({ type }) => type === "OrderPlaced");
    const id = `00000000-0000-7000-8000-${String(number).padStart(12, "0")}`;
    return { id, stream: `order-${number}`, type: "OrderPlaced", tenant: null, data: JSON.stringify(event?.data) };
  });
  const texts = (await sealing?.seal(placed)) ?? [];
  const fields = 4 * placed.length;
  const alone = cipherAlone(placed.length);
  const [bringing, opening, computing, floor]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let round = 0; round < (setting.quick ? 2 : 31); round++) {
    const stored = placed.map((event, index) => ({ ...event, data: String(texts[index]) }));
    bringing.push((fields * 1_000) / (await timed(() => bringKeys(keys, stored))));
    const before = process.cpuUsage();
    opening.push(
      (fields * 1_000) / (await timed(async () => stored.forEach((event) => void openPayload(event, () => "")))),
    );
    const { user, system } = process.cpuUsage(before);
    computing.push((fields * 1_000_000) / (user + system));
    floor.push((fields * 1_000) / (await timed(async () => alone())));
  }
  const [opened, ceiling] = [spreadOf(opening.slice(1)), spreadOf(floor.slice(1))];
  return {
    title: "Opening sealed fields, one thread",
    unit: "fields/s",
    lines: [
      { name: "opened", figure: opened, note: "parsed, opened and put together; keys at hand" },
      {
        name: "opened, by processor time",
        figure: spreadOf(computing.slice(1)),
        note: "the same without what the machine did meanwhile for others; collecting garbage beside it counts",
      },
      { name: "the cipher alone", figure: ceiling, note: "node:crypto on bytes of the same length, nothing around it" },
      { name: "keys brought", figure: spreadOf(bringing.slice(1)), note: "keys remembered by the process" },
    ],
    goals: [
      {
        question: "opening: fields a second and core",
        reached: opened.median,
        unit: "/s",
        must: 100_000,
        aim: null,
        better: "higher",
      },
      {
        question: "opening: against the cipher alone",
        reached: opened.median / ceiling.median,
        unit: "×",
        must: null,
        aim: null,
        better: "higher",
      },
    ],
  };
}

/** What no opening can be faster than: four values of the sizes of a placed order's, under one key for each order. */
function cipherAlone(orders: number): () => void {
  const about = randomBytes(170);
  const texts = ['"Alex Example"', '"Harbour Street 12"', '"20457"', '"Hamburg"'];
  const sealed = Array.from({ length: orders }, () => {
    const key = createSecretKey(randomBytes(32));
    return { key, values: texts.map((text) => sealAlone(key, about, text)) };
  });
  return () => {
    for (const { key, values } of sealed) {
      for (const { nonce, hidden, tag } of values) {
        const decipher = createDecipheriv("aes-256-gcm", key, nonce, { authTagLength: 16 });
        decipher.setAAD(about).setAuthTag(tag);
        decipher.update(hidden);
        decipher.final();
      }
    }
  };
}

function sealAlone(key: KeyObject, about: Buffer, text: string) {
  const nonce = randomBytes(12);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(about);
  const hidden = Buffer.concat([cipher.update(text, "utf8"), cipher.final()]);
  return { nonce, hidden, tag: cipher.getAuthTag() };
}
