import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { InvalidRequest } from "@/lib/kernel/errors";
import { attributionFields } from "@/lib/operations/attribution";
import { mergePartitionsOperation, splitPartitionOperation } from "@/lib/operations/resize-partitions";

/** Cuts a partition in two. */
export const splitPartitionEndpoint = endpoint({
  path: "/api/v1/{store}/projections/{name}/partitions/{partition}/split",
  summary: "Cut a partition in two at a slice, or in the middle; 200 when workers hold both, else 202",
  operation: splitPartitionOperation,
  body: z.strictObject({ at: z.int().min(1).max(1_023).optional(), ...attributionFields }),
  bodyOptional: true,
  handle: async (call) => {
    const resized = await splitPartitionOperation(operationContext(call), { ...call.body, ...named(call.path) });
    return json(resized, resized.observed ? 200 : 202);
  },
});

/** Makes two partitions one. */
export const mergePartitionsEndpoint = endpoint({
  path: "/api/v1/{store}/projections/{name}/partitions/{partition}/merge",
  summary: "Make a partition and its upper neighbour one; 200 when they are, 202 while one waits for the other",
  operation: mergePartitionsOperation,
  body: z.strictObject(attributionFields),
  bodyOptional: true,
  handle: async (call) => {
    const resized = await mergePartitionsOperation(operationContext(call), { ...call.body, ...named(call.path) });
    return json(resized, resized.observed ? 200 : 202);
  },
});

function named({ name = "", partition = "" }: Readonly<Record<string, string>>) {
  if (/^\d{1,6}$/.test(partition)) return { name, partition: Number(partition) };
  throw new InvalidRequest("partition must be the number of a partition.", [
    { path: "partition", message: "must be the number of a partition" },
  ]);
}
