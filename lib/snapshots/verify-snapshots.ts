import { isDeepStrictEqual } from "node:util";
import { foldStream } from "@/lib/catalog/fold-stream";
import { type JsonChange, jsonChanges } from "@/lib/kernel/json-changes";
import type { SnapshotFault, SnapshotPlan } from "@/lib/snapshots/snapshot";
import type { FoundSnapshot } from "@/lib/snapshots/snapshot-rows";
import type { TakeSource } from "@/lib/snapshots/take-snapshots";

/** What holding a stream's snapshots against the full fold brought. */
export type Verified = {
  readonly stream: string;
  readonly foldedEvents: number;
  readonly ms: number;
  /** Versions whose snapshot is the state that the full fold has there. */
  readonly same: readonly number[];
  readonly wrong: readonly WrongSnapshot[];
};

/** A snapshot that was taken away. `changes` leads from what it held to what the fold has; the first few of them. */
type WrongSnapshot = {
  readonly version: number;
  readonly fault: SnapshotFault;
  readonly changes: readonly JsonChange[];
};

const PAGE = 20;
const CHANGES_SHOWN = 20;

/**
 * Folds a stream from its first event to its last snapshot and compares at each of them; memory stays at a page of
 * snapshots. A wrong one is taken away and noted. Throws what folding throws, and the reason of `signal`.
 */
export async function verifySnapshots(
  { store, catalog, rows }: TakeSource,
  { decider, fingerprint, stream }: SnapshotPlan & { readonly stream: string },
  signal?: AbortSignal,
): Promise<Verified> {
  const began = performance.now();
  const same: number[] = [];
  const wrong: WrongSnapshot[] = [];
  let at = { state: decider.initialState() as unknown, version: 0 };
  for (let page = await rows.list(stream, fingerprint, 0, PAGE); page.length > 0; ) {
    for (const found of page) {
      signal?.throwIfAborted();
      if (found.fault === null)
        at = await foldStream({ store, catalog }, { decider, stream, from: at, last: found.version });
      const verdict = judge(found, at.state);
      if (verdict === undefined) same.push(found.version);
      else {
        wrong.push(verdict);
        await rows.fault(stream, found, verdict.fault, verdict.changes);
      }
    }
    page = page.length < PAGE ? [] : await rows.list(stream, fingerprint, page.at(-1)?.version ?? 0, PAGE);
  }
  await rows.verified(stream, fingerprint, same);
  return { stream, foldedEvents: at.version, ms: Math.round(performance.now() - began), same, wrong };
}

function judge(found: FoundSnapshot, folded: unknown): WrongSnapshot | undefined {
  const { version, fault } = found;
  if (fault !== null) return { version, fault, changes: [] };
  const held: unknown = JSON.parse(found.text);
  const text = JSON.stringify(folded);
  const is: unknown = text === undefined ? null : JSON.parse(text);
  if (isDeepStrictEqual(held, is)) return undefined;
  return { version, fault: "drift", changes: jsonChanges(held, is).slice(0, CHANGES_SHOWN) };
}
