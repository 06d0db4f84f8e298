import type pg from "pg";
import { inTransaction } from "@/lib/db/in-transaction";
import { holdsDuty } from "@/lib/integrity/duty";
import { failpoint } from "@/lib/kernel/failpoint";
import { completeRoot, HASH_BYTES, TILE_WIDTH } from "@/lib/kernel/merkle-tree";

/** What a step came to: how many events it took in, and whether there may be more. */
type Grown = { readonly events: number; readonly more: boolean };

type Tile = {
  readonly level: number;
  readonly index: bigint;
  readonly width: number;
  readonly first: bigint;
  readonly last: bigint;
  readonly root: Buffer | null;
  readonly hashes: Buffer;
  readonly positions: readonly bigint[] | null;
};

/** Tiles that one step completes at most. */
const TILES_AT_ONCE = 64;

/**
 * Takes the next events below the high-water mark into the Merkle log, in one transaction that commits only while `owner` has
 * the duty. Where it goes on is read from the log itself, and a tile is the same whoever makes it: killed anywhere and done
 * again, it leaves the same rows.
 */
export async function growLog(pool: pg.Pool, owner: string, tilesAtOnce = TILES_AT_ONCE): Promise<Grown> {
  return inTransaction(pool, async (client) => {
    if (!(await holdsDuty(client, owner))) return { events: 0, more: false };
    const end = await readEnd(client);
    const room = tilesAtOnce * TILE_WIDTH - ((end?.width ?? 0) % TILE_WIDTH);
    const added = await readLeaves(client, end?.last ?? 0n, room);
    failpoint("merkle.after-read");
    if (added.positions.length === 0) return { events: 0, more: false };
    for (const tile of tilesFrom(end, added)) {
      await storeTile(client, tile);
      if (tile.root !== null) await storeAbove(client, tile);
    }
    failpoint("merkle.before-commit");
    return { events: added.positions.length, more: added.positions.length === room };
  });
}

type Leaves = { readonly positions: readonly bigint[]; readonly hashes: Buffer };

async function readEnd(client: pg.PoolClient): Promise<Tile | undefined> {
  const { rows } = await client.query<Tile>({
    name: "merkle_end",
    text: `select level, index, width, first_position as first, last_position as last, root, hashes, positions
             from merkle_tiles where level = 0 order by index desc limit 1`,
  });
  return rows[0];
}

async function readLeaves(client: pg.PoolClient, after: bigint, limit: number): Promise<Leaves> {
  const { rows } = await client.query<{ positions: bigint[] | null; hashes: Buffer | null }>({
    name: "merkle_leaves",
    text: `select array_agg(e.position order by e.position) as positions, string_agg(e.leaf, '' order by e.position) as hashes
             from (select position, leaf from events where position > $1 and position <= (select position from high_water)
                    order by position limit $2) e`,
    values: [after, limit],
  });
  return { positions: rows[0]?.positions ?? [], hashes: rows[0]?.hashes ?? Buffer.alloc(0) };
}

/** The tiles of level 0 that change: the last one goes on where it has room. */
function tilesFrom(end: Tile | undefined, added: Leaves): readonly Tile[] {
  const open = end !== undefined && end.root === null ? end : undefined;
  const positions = [...(open?.positions ?? []), ...added.positions];
  const hashes = Buffer.concat([open?.hashes ?? Buffer.alloc(0), added.hashes]);
  const tiles: Tile[] = [];
  let index = open?.index ?? (end === undefined ? 0n : end.index + 1n);
  for (let from = 0; from < positions.length; from += TILE_WIDTH) {
    const own = positions.slice(from, from + TILE_WIDTH);
    const part = hashes.subarray(from * HASH_BYTES, (from + own.length) * HASH_BYTES);
    tiles.push({
      ...{ level: 0, index, width: own.length, hashes: part, positions: own },
      ...{ first: own[0] ?? 0n, last: own.at(-1) ?? 0n },
      root: own.length === TILE_WIDTH ? completeRoot(part) : null,
    });
    index += 1n;
  }
  return tiles;
}

async function storeTile(client: pg.PoolClient, tile: Tile): Promise<void> {
  await client.query({
    name: "merkle_store",
    text: `insert into merkle_tiles as t (level, index, width, first_position, last_position, root, hashes, positions)
             values ($1, $2, $3, $4, $5, $6, $7, $8)
           on conflict (level, index) do update
             set width = excluded.width, last_position = excluded.last_position, root = excluded.root,
                 hashes = excluded.hashes, positions = excluded.positions`,
    values: [
      ...[tile.level, tile.index, tile.width, tile.first, tile.last, tile.root, tile.hashes],
      tile.positions === null ? null : [...tile.positions],
    ],
  });
}

/** A tile that is whole and the last of 256 completes one of the level above, and so on. */
async function storeAbove(client: pg.PoolClient, { level, index }: Tile): Promise<void> {
  if ((index + 1n) % BigInt(TILE_WIDTH) !== 0n) return;
  const above = (index + 1n) / BigInt(TILE_WIDTH) - 1n;
  const { rows } = await client.query<{ first: bigint; last: bigint; hashes: Buffer }>(
    `select min(first_position) as first, max(last_position) as last, string_agg(root, '' order by index) as hashes
       from merkle_tiles where level = $1 and index >= $2 and index < $3`,
    [level, above * BigInt(TILE_WIDTH), (above + 1n) * BigInt(TILE_WIDTH)],
  );
  const [found] = rows;
  if (found === undefined) return;
  const root = completeRoot(found.hashes);
  const tile = { ...found, level: level + 1, index: above, width: TILE_WIDTH, root, positions: null };
  await storeTile(client, tile);
  await storeAbove(client, tile);
}
