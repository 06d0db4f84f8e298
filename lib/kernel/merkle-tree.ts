import { hash } from "node:crypto";

/** Hashes of one tile, and the height of the tree below it. */
export const TILE_WIDTH = 256;
/** Bytes of a hash. */
export const HASH_BYTES = 32;

/** A stretch of leaves, from `start` up to, not including, `end`. */
export type LeafRange = { readonly start: number; readonly end: number };

/** A complete subtree of 2^height leaves, the `index`-th of its height. */
export type TreeNode = { readonly height: number; readonly index: number };

/** The hash of an inner node. */
export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([NODE, left, right]), "buffer");
}

/** The leaf hash of an entry, at once; `merkle-proof.ts` has it for browsers. */
export function leafHashNow(entry: Uint8Array): Buffer {
  return hash("sha256", Buffer.concat([LEAF, entry]), "buffer");
}

/** The root over hashes that lie end to end; their number is a power of two. */
export function completeRoot(hashes: Buffer): Buffer {
  let level = hashes;
  while (level.length > HASH_BYTES) {
    const above = Buffer.allocUnsafe(level.length / 2);
    for (let at = 0; at < level.length; at += 2 * HASH_BYTES) {
      const right = at + HASH_BYTES;
      nodeHash(level.subarray(at, right), level.subarray(right, right + HASH_BYTES)).copy(above, at / 2);
    }
    level = above;
  }
  return level;
}

/**
 * The stretches whose roots prove the leaf at `index` in a tree of `size`, nearest first (RFC 6962, 2.1.1). Their number
 * grows with the logarithm of the size.
 */
export function inclusionRanges(index: number, size: number): readonly LeafRange[] {
  const path: LeafRange[] = [];
  let [start, end] = [0, size];
  while (end - start > 1) {
    const middle = start + leftSize(end - start);
    if (index < middle) path.unshift({ start: middle, end });
    else path.unshift({ start, end: middle });
    [start, end] = index < middle ? [start, middle] : [middle, end];
  }
  return path;
}

/** The stretches whose roots prove that a tree of `to` leaves begins with the one of `from` (RFC 6962, 2.1.2); `from` is at least 1. */
export function consistencyRanges(from: number, to: number): readonly LeafRange[] {
  const path: LeafRange[] = [];
  let [start, end] = [0, to];
  while (from < end) {
    const middle = start + leftSize(end - start);
    if (from <= middle) {
      path.unshift({ start: middle, end });
      end = middle;
    } else {
      path.unshift({ start, end: middle });
      start = middle;
    }
  }
  // Where nothing was passed on the left, the verifier has this root already: it is the old tree's.
  return start === 0 ? path : [{ start, end }, ...path];
}

/** The complete subtrees that a stretch of a tree is made of, from left to right. */
export function subtreesOf({ start, end }: LeafRange): readonly TreeNode[] {
  const nodes: TreeNode[] = [];
  for (let at = start; at < end; ) {
    const width = wholeBelow(end - at);
    nodes.push({ height: Math.log2(width), index: at / width });
    at += width;
  }
  return nodes;
}

/** The root of a stretch, from the hashes of its complete subtrees, left to right. */
export function joinSubtrees(hashes: readonly Uint8Array[]): Uint8Array {
  const last = hashes.at(-1);
  if (last === undefined) return EMPTY_ROOT;
  return hashes.slice(0, -1).reduceRight((right, left) => nodeHash(left, right), last);
}

/** The root of a tree without leaves. */
const EMPTY_ROOT: Buffer = hash("sha256", "", "buffer");

const LEAF = Buffer.of(0);
const NODE = Buffer.of(1);

/** The largest power of two below a size: how many leaves stand on the left of its root. */
function leftSize(size: number): number {
  return wholeBelow(size - 1);
}

/** The largest power of two that is not above a number of at least 1. */
function wholeBelow(size: number): number {
  let width = 1;
  while (width * 2 <= size) width *= 2;
  return width;
}
