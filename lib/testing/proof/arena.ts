import path from "node:path";
import pg from "pg";
import { migrate } from "@/lib/db/migrate";
import { openPool } from "@/lib/db/pool";
import { createEventStore, type EventStore } from "@/lib/event-store/store";
import { registerProcesses } from "@/lib/processes/register-processes";
import { createInlineConsumers } from "@/lib/projections/inline-consumers";
import { registerProjections } from "@/lib/projections/register-projections";
import { eventually } from "@/lib/testing/eventually";
import { proofCatalog, proofInline, proofProjections } from "@/lib/testing/proof/domain";
import { type Follower, follow } from "@/lib/testing/proof/follow";
import type { CheckpointSeen } from "@/lib/testing/proof/history/history";
import { createMarks, keepMarking } from "@/lib/testing/proof/marks";
import { type Operator, startOperator } from "@/lib/testing/proof/operator";
import type { Random } from "@/lib/testing/proof/random";

/** A store of its own, in which one part of the proof happens, with two readers of the log, an operator, and a look-out for checkpoints. */
export type Arena = {
  readonly name: string;
  readonly url: string;
  /** As the application. */
  readonly pool: pg.Pool;
  /** As the owner. */
  readonly owner: pg.Pool;
  readonly store: EventStore;
  readonly followers: readonly Follower[];
  readonly operator: Operator;
  readonly checkpoints: readonly CheckpointSeen[];
  /** Does something that kills the server: what had not been flushed for consumers may then be done again. */
  readonly forgive: (work: () => Promise<void>) => Promise<void>;
  /** Paths of writers' journals; each is that of one writer through all its lives. */
  readonly journal: (writer: string) => string;
  readonly journals: () => readonly (readonly [writer: string, file: string])[];
  /** Waits until the mark has reached the head, every consumer the mark, and nothing is under way; then ends readers, operator and look-out. */
  readonly settle: () => Promise<void>;
  readonly close: () => Promise<void>;
};

/** Where journals are kept, what the operator draws from, and which steps he is to lead others to. */
type ArenaSettings = {
  readonly folder: string;
  readonly random: Random;
  readonly lacking?: (word: string) => boolean;
};

/** Makes a database, Tidemark's schema and the proof's projections in it, and lets readers begin. */
export async function openArena(
  adminUrl: string,
  name: string,
  { folder, random, lacking = () => false }: ArenaSettings,
): Promise<Arena> {
  const admin = new pg.Client({ connectionString: adminUrl });
  await admin.connect();
  await admin.query(`create database ${name}`);
  await admin.end();
  const parsed = new URL(adminUrl);
  parsed.pathname = `/${name}`;
  const url = parsed.href;
  await migrate({ url });
  const pool = openPool({ url, max: 12, applicationName: "proof", inline: proofInline });
  const owner = openPool({ url, role: null, max: 4, applicationName: "proof-owner" });
  await registerProjections(pool, proofProjections, proofCatalog);
  await registerProcesses(pool, proofCatalog.processes, proofCatalog);
  await createMarks(owner);
  const marking = keepMarking(pool);
  const store = createEventStore({ pool, inline: createInlineConsumers(proofProjections, proofCatalog) });
  const followers = [
    follow(store, `${name}: a reader at the tail`, { page: 500, restMs: 50 }),
    follow(store, `${name}: a slow reader`, { page: 2_000, restMs: 700 }),
  ];
  const operator = startOperator({ pool, store, random: random.fork("operator"), lacking });
  const lookOut = watchCheckpoints(pool);
  const journals = new Map<string, string>();
  return {
    name,
    url,
    pool,
    owner,
    store,
    followers,
    operator,
    checkpoints: lookOut.seen,
    forgive: lookOut.forgive,
    journal(writer) {
      const file = path.join(folder, `${name}-${writer}.jsonl`);
      journals.set(writer, file);
      return file;
    },
    journals: () => [...journals],
    async settle() {
      await marking.stop();
      operator.calm();
      await eventually(() => settled(pool, name), { deadlineMs: 180_000, everyMs: 100 });
      await operator.stop();
      // His last entries in the audit are events, too.
      await eventually(() => settled(pool, name), { deadlineMs: 60_000, everyMs: 100 });
      await Promise.all([...followers.map((follower) => follower.stop()), lookOut.stop()]);
    },
    close: async () => {
      await Promise.all([pool.end(), owner.end()]);
    },
  };
}

/** What is still under way, by name. */
const UNDER_WAY: Readonly<Record<string, string>> = {
  "the mark":
    "select from high_water h, position_seq s where h.position <> case when s.is_called then s.last_value else 0 end",
  consumers: `select from consumer_partitions p join consumers c on c.name = p.consumer cross join high_water h
               where c.mode = 'async' and p.checkpoint < h.position`,
  runs: "select from runs where ended_at is null",
  "dead letters": "select from dead_letters where closed_at is null",
  jobs: "select from process_instances where status = 'running' or due_at is not null",
};

/** Whether nothing is under way any more; throws with what is. */
async function settled(pool: pg.Pool, name: string): Promise<boolean> {
  const { rows } = await pool.query<{ what: string }>(
    Object.entries(UNDER_WAY)
      .map(([what, sql]) => `select '${what}' as what where exists (${sql})`)
      .join(" union all "),
  );
  if (rows.length > 0) throw new Error(`${name} has not come to rest: ${rows.map(({ what }) => what).join(", ")}`);
  return true;
}

/** Looks at every checkpoint, with the mark of the same moment, ten times a second. */
function watchCheckpoints(pool: pg.Pool) {
  const seen: CheckpointSeen[] = [];
  const last = new Map<string, string>();
  let life = 0;
  let dying = false;
  let running = true;
  const look = async () => {
    const lifeBefore = life;
    const { rows } = await pool.query<{ consumer: string; epoch: bigint; position: bigint; mark: bigint }>(
      `select p.consumer || '/' || p.generation || '/' || p.partition as consumer, p.epoch, p.checkpoint as position, h.position as mark
         from consumer_partitions p join consumers c on c.name = p.consumer cross join high_water h where c.mode = 'async'`,
    );
    if (dying || life !== lifeBefore) return;
    for (const { consumer, epoch, position, mark } of rows) {
      const words = `${life} ${epoch} ${position}`;
      if (last.get(consumer) === words) continue;
      last.set(consumer, words);
      const name = life === 0 ? consumer : `${consumer} in the server's life ${life + 1}`;
      seen.push({
        kind: "checkpoint",
        consumer: name,
        epoch: Number(epoch),
        position: Number(position),
        mark: Number(mark),
      });
    }
  };
  const ended = (async () => {
    while (running) {
      await look().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  return {
    seen,
    async forgive(work: () => Promise<void>) {
      dying = true;
      await work();
      life += 1;
      dying = false;
    },
    stop: async () => {
      running = false;
      await ended;
    },
  };
}
