import { afterAll, beforeAll, expect, test } from "vitest";
import { notThinned, thinNotes } from "@/lib/integrity/thin-notes";
import { createMerkleStore, type MerkleStore } from "@/lib/testing/merkle-store";

let store: MerkleStore;

beforeAll(async () => {
  store = await createMerkleStore();
});

afterAll(() => store.close());

/** Notes every so many seconds, the oldest so many seconds before the hour that has begun; the sizes go on from the last one. */
async function signed(count: number, everySeconds: number, fromSecondsAgo: number): Promise<void> {
  await store.pool.query(
    `insert into checkpoint_notes (size, position, root, note, key, signed_at)
       select coalesce((select max(size) from checkpoint_notes), 0) + n, n, sha256('x'), 'n', 1,
              date_trunc('hour', clock_timestamp(), 'UTC') - make_interval(secs => $3 - n * $2) from generate_series(1, $1) n`,
    [count, everySeconds, fromSecondsAgo],
  );
}

const sizes = async (): Promise<number[]> =>
  (await store.pool.query("select size::int from checkpoint_notes order by size")).rows.map(({ size }) => size);

async function thinned(lookedAt?: number): Promise<number> {
  let at = await thinNotes(store.pool, notThinned, lookedAt);
  while (at.more) at = await thinNotes(store.pool, at, lookedAt);
  return at.from;
}

const HOUR = 3_600;

test("all notes of the last hour stay, of a day the last of each minute, of before the last of each hour, and the first of a key", async () => {
  await signed(240, 60, 50 * HOUR);
  await signed(180, 20, 10 * HOUR);
  await store.owner.query(
    "insert into tidemark.signing_keys (id, origin, verifier) values (2, 'example.com/log', 'another')",
  );
  await store.pool.query(
    `insert into checkpoint_notes (size, position, root, note, key)
       select 420 + n, n, sha256('x'), 'n', 2 from generate_series(1, 30) n`,
  );
  const before = await sizes();
  const everyHour = before.slice(0, 240).filter((size) => size % 60 === 59 || size === 240);
  const everyMinute = before.slice(240, 420).filter((size) => (size - 240) % 3 === 2 || size === 420);
  // A bound that cuts through hours and minutes changes nothing.
  const settled = await thinned(7);
  expect(await sizes()).toEqual([1, ...everyHour, ...everyMinute, ...before.slice(420)]);
  // What is settled for good is not looked at again.
  expect(settled).toBe(240);
  const again = await sizes();
  expect(await thinned()).toBe(240);
  expect(await sizes()).toEqual(again);
});

test("the database refuses to let any other note go", async () => {
  const [first = 0, ...rest] = await sizes();
  for (const size of [first, ...rest.slice(0, 4), rest.at(-1)]) {
    await expect(store.pool.query("delete from checkpoint_notes where size = $1", [size])).rejects.toMatchObject({
      code: "TM003",
    });
  }
});
