import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { isConsistent, leafHash, rootOfInclusion } from "@/lib/kernel/merkle-proof";
import {
  completeRoot,
  consistencyRanges,
  inclusionRanges,
  joinSubtrees,
  type LeafRange,
  nodeHash,
  subtreesOf,
} from "@/lib/kernel/merkle-tree";

const sha = (...parts: Uint8Array[]) => createHash("sha256").update(Buffer.concat(parts)).digest();
const leafOf = (entry: Uint8Array) => sha(Buffer.of(0), entry);

/** RFC 6962, section 2.1, word by word. */
function naiveRoot(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha();
  if (leaves.length === 1) return leaves[0] as Buffer;
  const k = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  return sha(Buffer.of(1), naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)));
}

function naivePath(m: number, leaves: readonly Buffer[]): Buffer[] {
  if (leaves.length <= 1) return [];
  const k = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  if (m < k) return [...naivePath(m, leaves.slice(0, k)), naiveRoot(leaves.slice(k))];
  return [...naivePath(m - k, leaves.slice(k)), naiveRoot(leaves.slice(0, k))];
}

function naiveSubproof(m: number, leaves: readonly Buffer[], whole: boolean): Buffer[] {
  if (m === leaves.length) return whole ? [] : [naiveRoot(leaves)];
  const k = 2 ** (Math.ceil(Math.log2(leaves.length)) - 1);
  if (m <= k) return [...naiveSubproof(m, leaves.slice(0, k), whole), naiveRoot(leaves.slice(k))];
  return [...naiveSubproof(m - k, leaves.slice(k), false), naiveRoot(leaves.slice(0, k))];
}

/** As the product does it: a stretch is joined from its complete subtrees. */
function rootOf(leaves: readonly Buffer[], range: LeafRange): Uint8Array {
  return joinSubtrees(
    subtreesOf(range).map(({ height, index }) =>
      completeRoot(Buffer.concat(leaves.slice(index * 2 ** height, (index + 1) * 2 ** height))),
    ),
  );
}

const many = Array.from({ length: 300 }, (_, n) => leafOf(Buffer.from(`event ${n}`)));

// The entries and roots that implementations of Certificate Transparency test with.
const ENTRIES = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
const ROOTS = [
  "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
  "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
  "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
  "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
  "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
  "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
  "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
];

test("roots of zero to eight leaves are those that everybody else computes", async () => {
  const leaves = await Promise.all(
    ENTRIES.map(async (entry) => Buffer.from(await leafHash(Buffer.from(entry, "hex")))),
  );
  const roots = ROOTS.map((_, n) => Buffer.from(rootOf(leaves, { start: 0, end: n + 1 })).toString("hex"));
  expect(roots).toEqual(ROOTS);
  expect(Buffer.from(rootOf([], { start: 0, end: 0 })).toString("hex")).toBe(
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  );
  expect(nodeHash(leaves[0] as Buffer, leaves[1] as Buffer).toString("hex")).toBe(ROOTS[1]);
});

test("proofs of any leaf and of any two sizes are those of the RFC, and verify", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.nat(), fc.nat(), async (size, a, b) => {
      const leaves = many.slice(0, size);
      const [index, from] = [a % size, (b % size) + 1];
      const root = naiveRoot(leaves);
      expect(Buffer.from(rootOf(leaves, { start: 0, end: size }))).toEqual(root);

      const path = inclusionRanges(index, size).map((range) => rootOf(leaves, range));
      expect(path.map((each) => Buffer.from(each))).toEqual(naivePath(index, leaves));
      const leaf = leaves[index] as Buffer;
      expect(Buffer.from((await rootOfInclusion({ index, size, leaf, path })) ?? [])).toEqual(root);

      const grown = consistencyRanges(from, size).map((range) => rootOf(leaves, range));
      expect(grown.map((each) => Buffer.from(each))).toEqual(naiveSubproof(from, leaves, true));
      const roots = { fromRoot: naiveRoot(leaves.slice(0, from)), toRoot: root };
      expect(await isConsistent({ from, to: size, ...roots, path: grown })).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test("a proof that was touched anywhere does not verify", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 2, max: 300 }), fc.nat(), fc.nat(), fc.nat(), async (size, a, b, c) => {
      const leaves = many.slice(0, size);
      const [index, from] = [a % size, (b % (size - 1)) + 1];
      const root = naiveRoot(leaves);
      const spoilt = <T extends Uint8Array>(bytes: T) =>
        Uint8Array.from(bytes, (byte, at) => (at === c % 32 ? byte ^ 1 : byte));
      const at = <T>(list: readonly T[], change: (each: T) => T) =>
        list.map((each, place) => (place === c % list.length ? change(each) : each));

      const path = naivePath(index, leaves);
      const leaf = leaves[index] as Buffer;
      const rootBy = async (proof: Parameters<typeof rootOfInclusion>[0]) =>
        Buffer.from((await rootOfInclusion(proof)) ?? []).equals(root);
      expect(await rootBy({ index, size, leaf: spoilt(leaf), path })).toBe(false);
      expect(await rootBy({ index, size, leaf, path: at<Uint8Array>(path, spoilt) })).toBe(false);
      expect(await rootBy({ index, size, leaf, path: path.slice(1) })).toBe(false);
      expect(await rootBy({ index, size, leaf, path: [...path, leaf] })).toBe(false);
      expect(await rootBy({ index: (index + 1) % size, size, leaf, path })).toBe(false);
      expect(await rootBy({ index: size, size, leaf, path })).toBe(false);

      const proof = { from, to: size, fromRoot: naiveRoot(leaves.slice(0, from)), toRoot: root };
      const grown = naiveSubproof(from, leaves, true);
      expect(await isConsistent({ ...proof, path: at<Uint8Array>(grown, spoilt) })).toBe(false);
      expect(await isConsistent({ ...proof, path: grown.slice(0, -1) })).toBe(false);
      expect(await isConsistent({ ...proof, path: [...grown, leaf] })).toBe(false);
      expect(await isConsistent({ ...proof, fromRoot: spoilt(proof.fromRoot), path: grown })).toBe(false);
      expect(await isConsistent({ ...proof, toRoot: spoilt(root), path: grown })).toBe(false);
      expect(await isConsistent({ ...proof, from: 0, path: grown })).toBe(false);
    }),
    { numRuns: 60 },
  );
});
