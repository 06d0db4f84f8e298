import { proveConsistency, proveInclusion } from "@/lib/integrity/prove";
import { readRoot } from "@/lib/integrity/read-roots";
import { base64 } from "@/lib/kernel/bytes-text";
import { NotFound, TidemarkError } from "@/lib/kernel/errors";
import { isUuid } from "@/lib/kernel/ids";
import { checkPosition, invalid } from "@/lib/queries/check-input";
import { checkSize, latestCheckpoint } from "@/lib/queries/integrity";
import type { QueryContext } from "@/lib/queries/query-context";

/** That an event is a leaf of the tree that a checkpoint speaks of. Hashes are base64; `note` is null where none has this size. */
export type Inclusion = {
  readonly id: string;
  readonly position: string;
  readonly index: number;
  readonly size: number;
  /** The leaf that the Merkle log took in; recompute it from the event, and do not take it from here. */
  readonly leaf: string;
  readonly path: readonly string[];
  readonly root: string;
  readonly note: string | null;
  /** The public key that signed the note, as this store tells it. Trust the one that you kept. */
  readonly key: string | null;
};

/** That nothing which the smaller tree spoke of was changed on the way to the larger one. Hashes are base64. */
export type Consistency = {
  readonly from: number;
  readonly to: number;
  readonly path: readonly string[];
  readonly fromRoot: string;
  readonly toRoot: string;
  readonly note: string | null;
};

/**
 * Proves an event, by its id or its position, in the tree of `size`, or of the latest checkpoint. Throws `NotFound`, `not-yet`
 * where no checkpoint speaks of the event yet, and `InvalidRequest`.
 */
export async function inclusionOf(
  context: QueryContext,
  which: {
    readonly event?: string | undefined;
    readonly position?: string | undefined;
    readonly size?: string | undefined;
  },
): Promise<Inclusion> {
  const { reads } = context;
  const event = await findEvent(context, which);
  const latest = await latestCheckpoint(context);
  if (which.size === undefined && (latest === null || event.position > BigInt(latest.position))) {
    throw new TidemarkError(
      "not-yet",
      `No checkpoint speaks of the event at position ${event.position} yet; the latest ends at ${latest?.position ?? 0}. One follows within a second or two while a worker runs.`,
      { position: String(event.position), upTo: latest?.position ?? "0" },
    );
  }
  const size = which.size === undefined ? (latest?.size ?? 0) : checkSize(which.size, "size");
  const { index, leaf, path } = await proveInclusion(reads, event.position, size);
  return {
    ...{ id: event.event_id, position: String(event.position), index, size },
    ...{ leaf: base64(leaf), path: path.map(base64) },
    ...{
      root: base64(await readRoot(reads, size)),
      note: await noteOf(context, size),
      key: await keyOf(context, size),
    },
  };
}

/** Proves that the tree of `to`, or of the latest checkpoint, begins with that of `from`. Throws `InvalidRequest`, `NotFound`. */
export async function consistencyOf(
  context: QueryContext,
  sizes: { readonly from: string; readonly to?: string | undefined },
): Promise<Consistency> {
  const { reads } = context;
  const from = checkSize(sizes.from, "from");
  const latest = sizes.to === undefined ? await latestCheckpoint(context) : null;
  if (sizes.to === undefined && latest === null) {
    throw new NotFound("checkpoint", "of any size yet");
  }
  const to = sizes.to === undefined ? (latest?.size ?? 0) : checkSize(sizes.to, "to");
  const { path } = await proveConsistency(reads, from, to);
  const [fromRoot, toRoot] = await Promise.all([readRoot(reads, from), readRoot(reads, to)]);
  return {
    ...{ from, to, path: path.map(base64), fromRoot: base64(fromRoot), toRoot: base64(toRoot) },
    note: await noteOf(context, to),
  };
}

async function findEvent(
  { reads }: QueryContext,
  { event, position }: { event?: string | undefined; position?: string | undefined },
) {
  if ((event === undefined) === (position === undefined))
    throw invalid("event", "or position must be given, one of them");
  const [column, key] =
    event === undefined ? ["position", checkPosition(position ?? "", "position")] : ["event_id", event.toLowerCase()];
  const [row] =
    typeof key === "string" && !isUuid(key)
      ? []
      : await reads.query<{ event_id: string; position: bigint }>(
          `select event_id, position from events where ${column} = $1`,
          [key],
        );
  if (!row) throw new NotFound("event", (event ?? position ?? "").slice(0, 100));
  return row;
}

async function keyOf({ reads }: QueryContext, size: number): Promise<string | null> {
  const [row] = await reads.query<{ verifier: string }>(
    "select verifier from signing_keys where from_size < $1 order by id desc limit 1",
    [size],
  );
  return row?.verifier ?? null;
}

async function noteOf({ reads }: QueryContext, size: number): Promise<string | null> {
  const [row] = await reads.query<{ note: string }>("select note from checkpoint_notes where size = $1", [size]);
  return row?.note ?? null;
}
