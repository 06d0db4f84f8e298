import type pg from "pg";
import { compareLeaves, type PresentLeaves } from "@/lib/integrity/compare-leaves";
import { fault, type HistoryFault } from "@/lib/integrity/history-fault";
import type { NoteCheck } from "@/lib/integrity/verify-notes";
import { type GrowingRoot, withLeaf } from "@/lib/kernel/growing-root";
import { completeRoot, HASH_BYTES, TILE_WIDTH } from "@/lib/kernel/merkle-tree";

/** How far the Merkle log was compared: the next tile, the last position, and the tree of the leaves before it. */
export type LeavesVerified = { readonly tile: number; readonly position: bigint; readonly tree: GrowingRoot };

type Tile = {
  readonly index: bigint;
  readonly width: number;
  readonly last: bigint;
  readonly root: Buffer | null;
  readonly hashes: Buffer;
  readonly positions: bigint[];
  /** Whether there was no later one. */
  readonly final: boolean;
};

const TILES_AT_ONCE = 8;
/** Behind every tile. */
const BEHIND_ALL = Number.MAX_SAFE_INTEGER;

/**
 * Compares the next tiles with the events of their stretch of the log, and the tree they make with each note that speaks of a
 * size on the way. Resolves with undefined behind the last tile.
 */
export async function verifyLeaves(
  client: pg.PoolClient,
  before: LeavesVerified,
  notes: NoteCheck,
): Promise<{ readonly after: LeavesVerified; readonly faults: readonly HistoryFault[] } | undefined> {
  const { rows: tiles } = await client.query<Tile>(
    `select index, width, last_position as last, root, hashes, positions,
            index = (select max(index) from merkle_tiles where level = 0) as final
       from merkle_tiles
      where level = 0 and index >= $1 order by index limit $2`,
    [before.tile, TILES_AT_ONCE],
  );
  const end = tiles.at(-1);
  if (end === undefined) return undefined;
  const positions = tiles.flatMap((tile) => tile.positions);
  const recorded = { first: before.tree.size, positions, hashes: Buffer.concat(tiles.map(({ hashes }) => hashes)) };
  const present = await readPresent(client, before.position, end.last);
  const faults = [...(await tileFaults(client, before.tile, tiles)), ...compareLeaves(recorded, present)];
  let { tree } = before;
  await notes.look(client, tree.size, tree.size + positions.length);
  for (const [at, position] of positions.entries()) {
    tree = withLeaf(tree, recorded.hashes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES));
    faults.push(...(await notes.check(tree, position)));
  }
  // What the last tile grows by from here on is left to the next verification: its rest would stand in no tile that is looked at.
  const next = end.final && end.root === null ? BEHIND_ALL : Number(end.index) + 1;
  return { after: { tile: next, position: end.last, tree }, faults };
}

/**
 * The events of a stretch of positions. The hash is spelled out here: `leaf_hash` in the database is as much its owner's as the
 * events are.
 */
export async function readPresent(client: pg.PoolClient, after: bigint, upTo: bigint): Promise<PresentLeaves> {
  const { rows } = await client.query<{ positions: bigint[] | null; stored: Buffer | null; computed: Buffer | null }>(
    `select array_agg(position order by position) as positions, string_agg(leaf, '' order by position) as stored,
            string_agg(sha256('\\x00'::bytea || convert_to(concat('1 ', position, ' ', event_id, ' ', version, ' ', schema_version, ' ',
              (extract(epoch from recorded_at) * 1000000)::bigint, ' ', (extract(epoch from occurred_at) * 1000000)::bigint, ' ',
              octet_length(stream), ' ', octet_length(type), ' ', octet_length(correlation_id), ' ', octet_length(causation_id), ' ',
              octet_length(actor), ' ', octet_length(tenant), ' ', octet_length(data::text), ' ', octet_length(metadata::text), E'\\n',
              stream, type, correlation_id, causation_id, actor, tenant, data, metadata), 'UTF8')), '' order by position) as computed
       from events where position > $1 and position <= $2`,
    [after, upTo],
  );
  const [found] = rows;
  const none = Buffer.alloc(0);
  return { positions: found?.positions ?? [], stored: found?.stored ?? none, computed: found?.computed ?? none };
}

/** What is wrong with the tiles themselves: one is missing, or a root is not that of its hashes, or of the tiles below. */
async function tileFaults(client: pg.PoolClient, next: number, tiles: readonly Tile[]): Promise<HistoryFault[]> {
  const faults: HistoryFault[] = [];
  let expected = BigInt(next);
  for (const { index, root, hashes, width, positions } of tiles) {
    const [first = null, last = null] = [positions[0], positions.at(-1)];
    if (index !== expected) faults.push(fault(`tiles ${expected} to ${index - 1n} of the Merkle log are missing`));
    if (root === null ? index !== tiles.at(-1)?.index : width !== TILE_WIDTH || !completeRoot(hashes).equals(root)) {
      faults.push(
        fault(`tile ${index} of the Merkle log was changed: its root is not that of its hashes`, first, last),
      );
    }
    faults.push(...(await faultsAbove(client, 0, index)));
    expected = index + 1n;
  }
  return faults;
}

async function faultsAbove(client: pg.PoolClient, level: number, index: bigint): Promise<HistoryFault[]> {
  if ((index + 1n) % BigInt(TILE_WIDTH) !== 0n) return [];
  const above = (index + 1n) / BigInt(TILE_WIDTH) - 1n;
  const { rows } = await client.query<{ hashes: Buffer; root: Buffer; same: boolean }>(
    `select t.hashes, t.root, t.hashes is not distinct from (select string_agg(b.root, '' order by b.index) from merkle_tiles b
              where b.level = $1 and b.index >= $2 and b.index < $3) as same
       from merkle_tiles t where t.level = $1 + 1 and t.index = $4`,
    [level, above * BigInt(TILE_WIDTH), (above + 1n) * BigInt(TILE_WIDTH), above],
  );
  const [tile] = rows;
  const whole = tile?.same === true && completeRoot(tile.hashes).equals(tile.root);
  const own = whole ? [] : [fault(`tile ${above} of level ${level + 1} of the Merkle log is missing or was changed`)];
  return [...own, ...(await faultsAbove(client, level + 1, above))];
}
