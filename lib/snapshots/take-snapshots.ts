import { isDeepStrictEqual } from "node:util";
import type { Catalog } from "@/lib/catalog/catalog";
import { foldStream, type StateAtVersion, type StreamReader } from "@/lib/catalog/fold-stream";
import type { Decider, SnapshotPolicy } from "@/lib/define";
import { snapshotEvery, snapshotVersions, spacing } from "@/lib/snapshots/policy";
import type { SnapshotRows } from "@/lib/snapshots/snapshot-rows";

/** What taking works with. */
export type TakeSource = {
  readonly store: StreamReader & { readonly streamVersion: (stream: string) => Promise<number> };
  readonly catalog: Catalog;
  readonly rows: SnapshotRows;
};

/** What became of taking: the versions that were put aside now, and why not more where it ended early. */
export type Taken = {
  readonly stream: string;
  readonly head: number;
  readonly versions: readonly number[];
  readonly stopped: { readonly at: number; readonly reason: string } | null;
};

/** A state with more text than this is folded each time instead. */
const STATE_BYTES = 4 * 1024 * 1024;

/**
 * Folds a stream on from `start` and puts its state aside at every version that the policy wants and, with `head`, at the
 * last one. Doing it twice, or twice at once, stores the same. Ends where an event is not known to this code, or where
 * the state is no JSON or larger than 4 MiB: what cannot be put aside whole is not. Throws what folding throws.
 */
export async function takeSnapshots(
  source: TakeSource,
  snapshot: {
    readonly decider: Decider;
    readonly policy: SnapshotPolicy;
    readonly fingerprint: string;
    readonly stream: string;
    readonly start: StateAtVersion | undefined;
    readonly head?: boolean | undefined;
  },
): Promise<Taken> {
  const { decider, policy, fingerprint, stream, start } = snapshot;
  const head = await source.store.streamVersion(stream);
  const every = snapshotEvery(policy);
  const after = start?.version ?? 0;
  const wanted = [...snapshotVersions(every, after, head)];
  if (snapshot.head && head > (wanted.at(-1) ?? after)) wanted.push(head);
  const versions: number[] = [];
  let stopped: Taken["stopped"] = null;
  let at = start;
  const began = performance.now();

  for (const version of wanted) {
    const next = await foldUpTo(source, decider, stream, at, version);
    const put = "reason" in next ? next : textOf(next.state);
    if ("reason" in next || "reason" in put) {
      stopped = { at: version, reason: "reason" in put ? put.reason : "it could not be folded" };
      break;
    }
    const foldMs = Math.round(performance.now() - began);
    const taken = { stream, fingerprint, version, eventId: next.eventId, foldedEvents: version - after, foldMs };
    if (await source.rows.put({ ...taken, text: put.text })) versions.push(version);
    at = next;
  }
  await source.rows.thin(stream, fingerprint, spacing(every, head));
  await source.rows.healed(stream);
  return { stream, head, versions, stopped };
}

type Reached = StateAtVersion & { readonly eventId: string };

async function foldUpTo(
  source: TakeSource,
  decider: Decider,
  stream: string,
  from: StateAtVersion | undefined,
  last: number,
): Promise<Reached | { readonly reason: string }> {
  let eventId = "";
  let unknown: string | undefined;
  const { state, version } = await foldStream(source, {
    decider,
    stream,
    from,
    last,
    visit: ({ event, folded }) => {
      eventId = event.id;
      if ("reason" in folded)
        unknown = `this code does not know ${event.type}, which stands at version ${event.version}`;
      return unknown === undefined;
    },
  });
  if (unknown !== undefined) return { reason: unknown };
  return version === last ? { state, version, eventId } : { reason: `the stream ended at version ${version}` };
}

/** The state's text, when reading it back gives the very same state. */
function textOf(state: unknown): { readonly text: string } | { readonly reason: string } {
  const text = JSON.stringify(state);
  if (text === undefined) return { reason: "its state is no JSON value" };
  const bytes = Buffer.byteLength(text);
  if (bytes > STATE_BYTES) return { reason: `its state has ${bytes} bytes, and ${STATE_BYTES} is the most` };
  if (!isDeepStrictEqual(JSON.parse(text), state)) {
    return { reason: "its state holds what JSON cannot carry, such as undefined, a Date or a Map" };
  }
  return { text };
}
