import { z } from "zod";
import { inTransaction } from "@/lib/db/in-transaction";
import { observeUntil } from "@/lib/operations/observe-until";
import { type OperationContext, operation } from "@/lib/operations/operation";
import { type PartitionRow, projectionPartitions } from "@/lib/queries/projection-page";
import { type Merge, mergePartitions, type SliceRange, splitPartition } from "@/lib/subscriptions/resize-partitions";

/** The partitions after a cut or a merge; `observed` when they are there and held by workers. */
export type PartitionsResized = {
  readonly name: string;
  readonly partitions: readonly PartitionRow[];
  readonly observed: boolean;
};

const input = z.strictObject({
  name: z.string().min(1).max(200),
  partition: z.int().min(0).max(1_000_000),
});
const common = {
  ...({ role: "operator", audited: true } as const),
  target: ({ name }: { name: string }) => name,
};

/** Cuts a partition in two while it works, so that two workers can share it, or a busy stream gets one of its own. */
export const splitPartitionOperation = operation({
  ...{ name: "split-partition", ...common },
  input: input.extend({ at: z.int().min(1).max(1_023).optional() }),
  act: ({ pool }, { name, partition, at }, audit) =>
    inTransaction(pool, async (client) => {
      const halves = await splitPartition(client, name, partition, at);
      const summary = `Split partition ${partition} of ${name} into ${halves.map(rangeOf).join(" and ")}`;
      await audit(client, { type: "PartitionSplit", summary, facts: { partition, halves } });
      return halves;
    }),
  observe: (context, { name }, halves) =>
    observed(context, name, (rows) => halves.every((half) => heldAs(rows, half.partition)), HELD_MS),
});

/** Makes a partition and its upper neighbour one, once both stand at one checkpoint; the one ahead waits for the other. */
export const mergePartitionsOperation = operation({
  ...{ name: "merge-partitions", ...common, input },
  act: ({ pool }, { name, partition }, audit): Promise<Merge> =>
    inTransaction(pool, async (client) => {
      const merge = await mergePartitions(client, name, partition);
      const how = merge.merged ? `into ${rangeOf(merge.into)}` : `once both stand at ${merge.stopAt}`;
      const summary = `Merged partition ${partition} of ${name} with its neighbour, ${how}`;
      await audit(client, { type: "PartitionsMerged", summary, facts: { partition } });
      return merge;
    }),
  observe: (context, { name, partition }) =>
    observed(context, name, (rows) => rows.every((row) => row.partition !== partition), MERGED_MS),
});

const HELD_MS = 4_000;
const MERGED_MS = 10_000;

async function observed(
  context: OperationContext,
  name: string,
  seen: (rows: readonly PartitionRow[]) => boolean,
  patienceMs: number,
): Promise<PartitionsResized> {
  const { found, observed: there } = await observeUntil({
    ...{ look: () => projectionPartitions(context, name), seen, patienceMs },
    signal: context.signal,
  });
  return { name, partitions: found, observed: there };
}

function heldAs(rows: readonly PartitionRow[], partition: number): boolean {
  return rows.some((row) => row.partition === partition && row.owned);
}

function rangeOf({ partition, sliceFrom, sliceTo }: SliceRange): string {
  return `${partition} (slices ${sliceFrom} to ${sliceTo - 1})`;
}
