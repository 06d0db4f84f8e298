import type { ReadDatabase } from "@/lib/db/read-database";
import { readRoots } from "@/lib/integrity/read-roots";
import { InvalidRequest, NotFound, TidemarkError } from "@/lib/kernel/errors";
import type { InclusionProof } from "@/lib/kernel/merkle-proof";
import { consistencyRanges, HASH_BYTES, inclusionRanges, TILE_WIDTH } from "@/lib/kernel/merkle-tree";
import type { Position } from "@/lib/kernel/position";

/** How many events the Merkle log has, and the position of the last; null before the first. */
export async function readEnd(
  reads: ReadDatabase,
): Promise<{ readonly size: number; readonly position: Position } | null> {
  const [end] = await reads.query<{ size: bigint; position: bigint }>(
    "select index * 256 + width as size, last_position as position from merkle_tiles where level = 0 order by index desc limit 1",
  );
  return end ? { size: Number(end.size), position: end.position } : null;
}

/**
 * Proves that the event at a position is a leaf of the tree of `size`. The leaf is the one that the Merkle log took in. Throws
 * `not-found` where no event was recorded there, `not-yet` while it is behind, and `InvalidRequest` for a tree that is
 * too small or larger than the log.
 */
export async function proveInclusion(reads: ReadDatabase, position: Position, size: number): Promise<InclusionProof> {
  const [tile] = await reads.query<{ index: bigint; positions: bigint[]; hashes: Buffer }>(
    `select index, positions, hashes from merkle_tiles
      where level = 0 and first_position <= $1 order by first_position desc limit 1`,
    [position],
  );
  const place = tile?.positions.indexOf(position) ?? -1;
  if (tile === undefined || place === -1) throw await notInLog(reads, position);
  const index = Number(tile.index) * TILE_WIDTH + place;
  const end = await readEnd(reads);
  if (index >= size || size > (end?.size ?? 0)) {
    throw badSize(
      "size",
      `must be from ${index + 1} to ${end?.size ?? 0}: the event at position ${position} is leaf ${index}`,
    );
  }
  const path = await readRoots(reads, inclusionRanges(index, size));
  return { index, size, leaf: tile.hashes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES), path };
}

/** Proves that the tree of `to` leaves begins with that of `from`. Throws `InvalidRequest` for sizes that there were not. */
export async function proveConsistency(
  reads: ReadDatabase,
  from: number,
  to: number,
): Promise<{ readonly from: number; readonly to: number; readonly path: readonly Uint8Array[] }> {
  const end = await readEnd(reads);
  if (from < 1 || from > to) throw badSize("from", `must be from 1 to ${to}`);
  if (to > (end?.size ?? 0)) throw badSize("to", `must be at most ${end?.size ?? 0}, the size of the Merkle log now`);
  return { from, to, path: await readRoots(reads, consistencyRanges(from, to)) };
}

async function notInLog(reads: ReadDatabase, position: Position): Promise<TidemarkError> {
  const end = await readEnd(reads);
  if (end !== null && position <= end.position)
    return new NotFound("event in the Merkle log at position", String(position));
  return new TidemarkError(
    "not-yet",
    `The Merkle log ends at position ${end?.position ?? 0}, before ${position}. It follows within a second or two while a worker runs.`,
    { position: String(position), upTo: String(end?.position ?? 0) },
  );
}

function badSize(path: string, message: string): InvalidRequest {
  return new InvalidRequest(`${path} ${message}.`, [{ path, message }]);
}
