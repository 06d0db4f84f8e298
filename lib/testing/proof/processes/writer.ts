import { openPool } from "@/lib/db/pool";
import { createEventStore, type EventStore } from "@/lib/event-store/store";
import { importBatch } from "@/lib/import/import-batch";
import { TidemarkError } from "@/lib/kernel/errors";
import { createInlineConsumers } from "@/lib/projections/inline-consumers";
import { proofCatalog, proofInline, proofProjections } from "@/lib/testing/proof/domain";
import { linesOf } from "@/lib/testing/proof/import-lines";
import { openJournal, readJournalState } from "@/lib/testing/proof/journal";
import { startProofProcess } from "@/lib/testing/proof/processes/settings";
import type { Random } from "@/lib/testing/proof/random";
import { appendFrom, now, type PlannedWrite, planWrites } from "@/lib/testing/proof/workload";

const { url, signal, random, resting, setting } = startProofProcess();
const number = Number(setting("PROOF_WRITER"));
const loops = Number(setting("PROOF_LOOPS"));
const pauseMs = Number(setting("PROOF_PAUSE_MS"));
const imports = setting("PROOF_IMPORTS") === "1";
const file = setting("PROOF_JOURNAL");
const journal = openJournal(file);
const before = readJournalState(file, number * 2 ** 28 + 2);
const known = new Map<string, number>();
const pool = openPool({ url, max: 8, applicationName: "proof-writer", inline: proofInline });
const inline = createInlineConsumers(proofProjections, proofCatalog);
const store = createEventStore({ pool, inline });
let nextAppend = before.nextAppend;
let stored = 0;

/** Sends an append, notes how it ended, and sends it again, as a client does that may not have got the answer. */
async function send(draw: Random, append: number, planned: readonly PlannedWrite[]): Promise<void> {
  const again = draw.chance(0.1);
  const tries = await Promise.all(
    again && draw.chance(0.5) ? [attempt(append, planned), attempt(append, planned)] : [attempt(append, planned)],
  );
  if (again || (tries.includes(null) && draw.chance(0.9))) await attempt(append, planned);
  // A client that is told that the server is away does not ask again at once.
  if (!tries.includes(true) && tries.includes(null)) await new Promise((resolve) => setTimeout(resolve, 50));
  if (tries.includes(true)) stored += planned.reduce((sum, [, , count]) => sum + count, 0);
}

/** True: it is stored. False: it never will be by this try. Null: nobody knows. */
async function attempt(append: number, planned: readonly PlannedWrite[]): Promise<boolean | null> {
  const at = now();
  journal.sent(append, planned, at);
  try {
    const results = await store.append(appendFrom(append, planned));
    journal.ended(append, true, at, now(), results);
    for (const { stream, toVersion } of results) known.set(stream, Math.max(known.get(stream) ?? 0, toVersion));
    return true;
  } catch (error) {
    const code = error instanceof TidemarkError ? error.code : undefined;
    if (code !== "version-conflict" && code !== "unavailable") throw error;
    const ok = code === "version-conflict" ? false : null;
    journal.ended(append, ok, at, now());
    if (ok === false) for (const [stream] of planned) known.delete(stream);
    return ok;
  }
}

/** Versions of several streams in one statement: what one moment showed. */
async function read(store: EventStore, streams: readonly string[]): Promise<void> {
  const at = now();
  const { rows } = await pool.query<{ stream: string; version: bigint }>(
    "select s.stream, coalesce((select version from streams k where k.stream = s.stream), 0) as version from unnest($1::text[]) as s(stream)",
    [streams],
  );
  journal.seen(
    rows.map(({ stream, version }) => [stream, Number(version)]),
    at,
    now(),
  );
  const [one] = streams;
  if (one === undefined) return;
  const from = now();
  const [newest] = await store.readStream(one, { direction: "backwards", limit: 1 });
  journal.seen([[one, newest?.version ?? 0]], from, now());
}

async function writeLoop(draw: Random): Promise<void> {
  while (!signal.aborted) {
    if (resting()) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      continue;
    }
    if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, draw.whole(0, pauseMs)));
    const planned = planWrites(draw, number, known);
    const append = nextAppend++;
    await send(draw, append, planned);
    if (draw.chance(0.05))
      await read(
        store,
        planned.map(([stream]) => stream),
      ).catch(() => undefined);
  }
}

/** Imports some thousand lines at a time; a killed import is run again with the same lines. */
async function importLoop(draw: Random): Promise<void> {
  for (const [first, { count, stream }] of before.openImports) await importLines(first, count, stream);
  while (!signal.aborted) {
    if (!resting()) {
      const count = draw.whole(1_000, 4_000);
      const first = nextAppend;
      nextAppend += count;
      await importLines(first, count, `import${number}x${first}-`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function importLines(first: number, count: number, stream: string): Promise<void> {
  journal.imported(first, count, stream, false, now());
  const result = await importBatch({ pool, inline }, linesOf(first, count, stream));
  const [refused] = result.refused;
  if (refused) throw new Error(`Line ${refused.line} was refused: ${refused.message}`);
  journal.imported(first, count, stream, true, now());
  stored += count;
}

async function main(): Promise<void> {
  setInterval(() => process.send?.({ stored }), 250).unref();
  await pool.query("select 1").catch(() => undefined);
  process.send?.("ready");
  if (imports) await importLoop(random);
  else {
    // What the life before left open is sent again under its id, but not all of it: some stays unknown for ever.
    const left = [...before.open].slice(-loops).filter(() => random.chance(0.8));
    await Promise.all(left.map(([append, planned]) => attempt(append, planned)));
    await Promise.all(Array.from({ length: loops }, (_, index) => writeLoop(random.fork(`loop ${index}`))));
  }
  process.send?.({ stored });
  await pool.end();
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
