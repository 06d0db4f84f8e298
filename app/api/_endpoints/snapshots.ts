import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { limit, name } from "@/app/api/_endpoints/parameters";
import { attributionFields } from "@/lib/operations/attribution";
import { dropSnapshots } from "@/lib/operations/drop-snapshots";
import { takeSnapshot } from "@/lib/operations/take-snapshot";
import { verifyCategorySnapshots, verifyStreamSnapshots } from "@/lib/operations/verify-snapshots";
import { snapshotsPage } from "@/lib/queries/snapshots-page";

/** All snapshots. */
export const snapshotsEndpoint = endpoint({
  path: "/api/v1/{store}/snapshots",
  summary: "Streams that have snapshots, each with its newest; the policies of the categories; what was found wrong",
  role: "viewer",
  query: z.strictObject({
    category: name.optional(),
    cursor: name.optional().describe("The `next` of the page before"),
    limit: limit.optional(),
  }),
  handle: async ({ context, query }) => json(await snapshotsPage(context, query)),
});

const act = { body: z.strictObject(attributionFields), bodyOptional: true };

/** Takes one. */
export const takeSnapshotEndpoint = endpoint({
  path: "/api/v1/{store}/streams/{stream}/snapshots/take",
  summary: "Put the stream's state aside at its last version and wherever the policy wants it",
  ...act,
  operation: takeSnapshot,
  handle: async (call) =>
    json(await takeSnapshot(operationContext(call), { ...call.body, stream: call.path.stream ?? "" })),
});

/** Verifies those of a stream. */
export const verifyStreamSnapshotsEndpoint = endpoint({
  path: "/api/v1/{store}/streams/{stream}/snapshots/verify",
  summary: "Hold the stream's snapshots against the full fold; wrong ones are taken away and noted",
  ...act,
  operation: verifyStreamSnapshots,
  handle: async (call) =>
    json(await verifyStreamSnapshots(operationContext(call), { ...call.body, stream: call.path.stream ?? "" })),
});

/** Drops those of a stream. */
export const dropSnapshotsEndpoint = endpoint({
  path: "/api/v1/{store}/streams/{stream}/snapshots/drop",
  summary: "Drop the stream's snapshots; states are folded until some are taken",
  ...act,
  operation: dropSnapshots,
  handle: async (call) =>
    json(await dropSnapshots(operationContext(call), { ...call.body, stream: call.path.stream ?? "" })),
});

/** Verifies those of a category. */
export const verifyCategorySnapshotsEndpoint = endpoint({
  path: "/api/v1/{store}/snapshots/verify",
  summary: "Begin a run that holds every snapshot of a category against the full fold",
  body: z.strictObject({
    category: name,
    perSecond: z
      .number()
      .positive()
      .max(10_000_000)
      .optional()
      .describe("Events a second; as fast as it goes when absent"),
    ...attributionFields,
  }),
  operation: verifyCategorySnapshots,
  handle: async (call) => json(await verifyCategorySnapshots(operationContext(call), call.body), 202),
});
