import type pg from "pg";
import { expect } from "vitest";
import { eventually } from "@/lib/testing/eventually";

type Db = Pick<pg.ClientBase, "query">;

/** Waits until every partition has passed the last event of the log. */
export async function caughtUp(pool: pg.Pool, deadlineMs = 60_000): Promise<void> {
  await eventually(() => passedAll(pool), { deadlineMs, what: "every partition to catch up" });
}

async function passedAll(db: Db): Promise<boolean> {
  const { rows } = await db.query(
    `select coalesce(bool_and(checkpoint >= coalesce((select max(position) from events), 0)), false) as done
       from consumer_partitions`,
  );
  return rows[0].done === true;
}

/**
 * Looks at one moment of a store in which workers still append, by their processes and timers: one snapshot, taken when
 * every partition had passed the last event of the log.
 */
export async function whenCaughtUp<T>(pool: pg.Pool, look: (db: Db) => Promise<T>, deadlineMs = 60_000): Promise<T> {
  const client = await pool.connect();
  try {
    await eventually(
      async () => {
        await client.query("rollback");
        await client.query("begin isolation level repeatable read read only");
        return await passedAll(client);
      },
      { deadlineMs, what: "every partition to catch up" },
    );
    return await look(client);
  } finally {
    await client.query("rollback");
    client.release();
  }
}

/** Every event of a consumer's types lies in exactly one of its committed batches. */
export async function expectOneBatchPerEvent(db: Db): Promise<void> {
  const { rows } = await db.query(
    `select c.name, e.position, count(b.id) as batches
       from consumers c join events e on e.type = any (c.types)
       join (select consumer, partition, slice_from, slice_to from consumer_partitions
             union all select consumer, partition, slice_from, slice_to from former_partitions) p
         on p.consumer = c.name and e.slice >= p.slice_from and e.slice < p.slice_to
       left join consumer_batches b on b.consumer = c.name and b.partition = p.partition
             and e.position > b.from_position and e.position <= b.to_position
      group by 1, 2 having count(b.id) <> 1 limit 10`,
  );
  expect(rows).toEqual([]);
}

/** Watches every checkpoint and epoch until it is stopped, and says what ever went backwards. */
export function watchCheckpoints(pool: pg.Pool): { readonly stop: () => Promise<readonly string[]> } {
  const seen = new Map<string, { checkpoint: bigint; epoch: bigint }>();
  const backwards: string[] = [];
  let running = true;
  const look = async () => {
    const { rows } = await pool.query<{ key: string; checkpoint: bigint; epoch: bigint }>(
      "select consumer || '/' || partition as key, checkpoint, epoch from consumer_partitions",
    );
    for (const row of rows) {
      const before = seen.get(row.key);
      if (before && (before.checkpoint > row.checkpoint || before.epoch > row.epoch)) {
        backwards.push(`${row.key}: ${before.checkpoint} to ${row.checkpoint}, epoch ${before.epoch} to ${row.epoch}`);
      }
      seen.set(row.key, row);
    }
  };
  const ended = (async () => {
    while (running) {
      await look().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  })();
  return {
    stop: async () => {
      running = false;
      await ended;
      return backwards;
    },
  };
}
