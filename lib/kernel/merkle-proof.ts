import { sameBytes } from "@/lib/kernel/bytes-text";

/**
 * Checks proofs of RFC 9162 (whose trees are those of RFC 6962) with nothing but SHA-256, so that a browser, the command line
 * and an auditor's own script can do what the server says it did. Sizes and indexes are whole numbers up to 2^53.
 */

/** SHA-256 by Web Crypto. Browsers have it on pages of https and of localhost only; elsewhere this throws. */
export async function sha256(...parts: readonly Uint8Array[]): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

/** The leaf hash of an entry. */
export function leafHash(entry: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return sha256(LEAF, entry);
}

/** That a leaf is the one at `index` of a tree of `size`; `path` has the hashes beside it, nearest first. */
export type InclusionProof = {
  readonly index: number;
  readonly size: number;
  readonly leaf: Uint8Array;
  readonly path: readonly Uint8Array[];
};

/** The root of the tree that the proof speaks of (RFC 9162, 2.1.3.2); undefined when its path has the wrong length. */
export async function rootOfInclusion({ index, size, leaf, path }: InclusionProof): Promise<Uint8Array | undefined> {
  if (!isPlace(index, size)) return undefined;
  let [place, last] = [index, size - 1];
  let root = leaf;
  for (const beside of path) {
    if (last === 0 || beside.length !== 32) return undefined;
    if (isOdd(place) || place === last) {
      root = await sha256(NODE, beside, root);
      while (!isOdd(place) && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      root = await sha256(NODE, root, beside);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 ? root : undefined;
}

/** That the tree of `to` leaves begins with the tree of `from` leaves. */
export type ConsistencyProof = {
  readonly from: number;
  readonly to: number;
  readonly fromRoot: Uint8Array;
  readonly toRoot: Uint8Array;
  readonly path: readonly Uint8Array[];
};

/** Whether the proof holds (RFC 9162, 2.1.4.2): nothing of the first `from` leaves was changed, removed or inserted. */
export async function isConsistent({ from, to, fromRoot, toRoot, path }: ConsistencyProof): Promise<boolean> {
  if (from === to) return path.length === 0 && sameBytes(fromRoot, toRoot);
  if (!isPlace(from, to) || from === 0) return false;
  let [place, last] = [from - 1, to - 1];
  while (isOdd(place)) [place, last] = [half(place), half(last)];
  // A whole left half is its own beginning: then the proof leaves out what the verifier has.
  const [first, ...rest] = place === 0 ? [fromRoot, ...path] : path;
  if (first === undefined) return false;
  let [older, newer] = [first, first];
  for (const beside of rest) {
    if (last === 0 || beside.length !== 32) return false;
    if (isOdd(place) || place === last) {
      [older, newer] = [await sha256(NODE, beside, older), await sha256(NODE, beside, newer)];
      while (!isOdd(place) && place !== 0) [place, last] = [half(place), half(last)];
    } else {
      newer = await sha256(NODE, newer, beside);
    }
    [place, last] = [half(place), half(last)];
  }
  return last === 0 && sameBytes(older, fromRoot) && sameBytes(newer, toRoot);
}

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);

function isPlace(index: number, size: number): boolean {
  return Number.isSafeInteger(index) && Number.isSafeInteger(size) && index >= 0 && index < size;
}

// Bit operators of JavaScript end at 32 bits.
function isOdd(value: number): boolean {
  return value % 2 === 1;
}

function half(value: number): number {
  return Math.floor(value / 2);
}
