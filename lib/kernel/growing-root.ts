import { joinSubtrees, nodeHash } from "@/lib/kernel/merkle-tree";

/**
 * A tree that takes one leaf after the other and can tell its root at any time. It keeps the roots of its complete subtrees,
 * left to right: as many as its size has ones in binary.
 */
export type GrowingRoot = { readonly size: number; readonly subtrees: readonly Uint8Array[] };

/** Before the first leaf. */
export const noLeaves: GrowingRoot = { size: 0, subtrees: [] };

/** The tree with one leaf more. */
export function withLeaf({ size, subtrees }: GrowingRoot, leaf: Uint8Array): GrowingRoot {
  const grown = [...subtrees];
  let hash = leaf;
  for (let rest = size; rest % 2 === 1; rest = Math.floor(rest / 2)) hash = nodeHash(grown.pop() ?? hash, hash);
  return { size: size + 1, subtrees: [...grown, hash] };
}

/** The root of all leaves so far. */
export function rootOf({ subtrees }: GrowingRoot): Uint8Array {
  return joinSubtrees(subtrees);
}
