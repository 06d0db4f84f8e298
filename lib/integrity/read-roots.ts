import type { ReadDatabase } from "@/lib/db/read-database";
import { fault, HistoryChanged } from "@/lib/integrity/history-fault";
import {
  completeRoot,
  HASH_BYTES,
  joinSubtrees,
  type LeafRange,
  subtreesOf,
  TILE_WIDTH,
  type TreeNode,
} from "@/lib/kernel/merkle-tree";

/** Heights that one tile holds. */
const TILE_HEIGHT = 8;

/** Hashes of a tile, as many as there are by now. */
type Tile = { readonly level: number; readonly index: number };

/**
 * The roots of stretches of the Merkle log, in the order asked for. Reads a few tiles a level, however long the log is. Throws
 * `HistoryChanged` where the log is shorter, or where a tile is missing that must be there.
 */
export async function readRoots(reads: ReadDatabase, ranges: readonly LeafRange[]): Promise<readonly Uint8Array[]> {
  const stretches = ranges.map(subtreesOf);
  const wanted = new Map(stretches.flat().map((node) => [keyOf(tileOf(node)), tileOf(node)]));
  const tiles = await readTiles(reads, [...wanted.values()]);
  return stretches.map((nodes) => joinSubtrees(nodes.map((node) => hashIn(tiles, node))));
}

/** The root of the whole log as it was with so many leaves. */
export async function readRoot(reads: ReadDatabase, size: number): Promise<Uint8Array> {
  const [root] = await readRoots(reads, [{ start: 0, end: size }]);
  return root ?? new Uint8Array();
}

function tileOf({ height, index }: TreeNode): Tile {
  const level = Math.floor(height / TILE_HEIGHT);
  return { level, index: Math.floor((index * 2 ** (height % TILE_HEIGHT)) / TILE_WIDTH) };
}

function hashIn(tiles: ReadonlyMap<string, Buffer>, node: TreeNode): Uint8Array {
  const { level, index } = tileOf(node);
  const width = 2 ** (node.height % TILE_HEIGHT);
  const from = (node.index * width - index * TILE_WIDTH) * HASH_BYTES;
  const hashes = tiles.get(keyOf({ level, index }))?.subarray(from, from + width * HASH_BYTES);
  if (hashes?.length === width * HASH_BYTES) return completeRoot(hashes);
  throw new HistoryChanged([fault(`Tile ${index} of level ${level} of the Merkle log is missing or too short`)]);
}

/** A tile of a level above 0 is stored once it is full; until then it is made of the roots of the tiles below. */
async function readTiles(reads: ReadDatabase, tiles: readonly Tile[]): Promise<Map<string, Buffer>> {
  const rows = await reads.query<{ level: number; index: bigint; hashes: Buffer }>(
    `select t.level, t.index, t.hashes from unnest($1::smallint[], $2::bigint[]) as w(level, index)
       join merkle_tiles t on t.level = w.level and t.index = w.index`,
    [tiles.map(({ level }) => level), tiles.map(({ index }) => index)],
  );
  const found = new Map(rows.map(({ level, index, hashes }) => [keyOf({ level, index: Number(index) }), hashes]));
  for (const tile of tiles) {
    if (tile.level === 0 || found.has(keyOf(tile))) continue;
    const below = await reads.query<{ root: Buffer }>(
      `select root from merkle_tiles where level = $1 and index >= $2 and index < $3 and root is not null order by index`,
      [tile.level - 1, tile.index * TILE_WIDTH, (tile.index + 1) * TILE_WIDTH],
    );
    found.set(keyOf(tile), Buffer.concat(below.map(({ root }) => root)));
  }
  return found;
}

function keyOf({ level, index }: Tile): string {
  return `${level}/${index}`;
}
