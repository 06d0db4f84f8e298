import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { tokenOf } from "@/app/api/_endpoints/consistency";
import { limit } from "@/app/api/_endpoints/parameters";
import { attributionFields } from "@/lib/operations/attribution";
import { beginImportOperation, endImportOperation } from "@/lib/operations/begin-import";
import { importEvents } from "@/lib/operations/import-events";
import { importRefusals } from "@/lib/queries/import-refusals";

const runId = z.string().regex(/^[1-9]\d{0,17}$/, "must be the number of a run");
const epoch = z.string().regex(/^\d{1,18}$/, "must be the epoch that began it");
const place = z
  .string()
  .regex(/^\d{1,15}$/, "must be a number of lines")
  .transform(Number);
const hash = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 in hex");

/** What lines that are a part of a run carry. */
const partFields = z.strictObject({
  run: runId.optional().describe("The import that these lines are a part of, as `POST /imports` began it"),
  epoch: epoch.optional().describe("With `run`: the epoch that `POST /imports` gave"),
  after: place.optional().describe("With `run`: lines of the file before these"),
  digest: hash.optional().describe("With `run`: SHA-256 of all lines up to the end of these, each with a line break"),
  total: place.optional().describe("With `run`: lines of the whole file, as far as the sender knows"),
  tooLong: z
    .string()
    .regex(/^[1-9]\d{0,8}(,[1-9]\d{0,8}){0,999}$/, "must be numbers of lines, with commas")
    .optional()
    .describe("With `run`: which of these lines, from 1, were too long to be sent and are empty here"),
});

/** Takes a foreign log, a part at a time. */
export const importEndpoint = endpoint({
  path: "/api/v1/{store}/import",
  summary:
    "Import CloudEvents 1.0, one a line; refused lines are listed by number, and the same lines again add nothing",
  operation: importEvents,
  takes: "application/x-ndjson",
  query: z.strictObject({
    strict: z.enum(["true", "false"]).optional().describe("Stop at the first line that is refused"),
    tenant: z.string().min(1).max(200).optional().describe("The tenant of events that name none"),
    ...partFields.shape,
  }),
  handle: async (call) => {
    const { strict, tenant, ...part } = call.query;
    const input = {
      lines: call.text.split("\n"),
      strict: strict === "true",
      ...(tenant === undefined ? {} : { tenant }),
      ...(part.run === undefined ? {} : { part: partOf(part) }),
    };
    const imported = await importEvents(operationContext(call), input);
    const token = tokenOf(imported.lastPosition);
    return json({ ...imported, ...token.field }, 200, token.headers);
  },
});

/** What is missing stands as what the operation refuses by name. */
function partOf({ run = "", epoch = "", after = -1, digest = "", total, tooLong }: z.output<typeof partFields>) {
  return {
    ...{ run, epoch, after, digest },
    ...(total === undefined ? {} : { total }),
    ...(tooLong === undefined ? {} : { tooLong: tooLong.split(",").map(Number) }),
  };
}

/** Begins an import as a run, or goes on with it. */
export const beginImportEndpoint = endpoint({
  path: "/api/v1/{store}/imports",
  summary: "Begin an import as a run, or go on with the one of the same fingerprint; 201 when it is new, else 200",
  operation: beginImportOperation,
  body: z.strictObject({
    fingerprint: hash.describe("The same for the same beginning of a file, imported in the same way"),
    name: z.string().min(1).max(200).describe("What the run is about, for people: the file's name"),
    unit: z.enum(["lines", "rows"]).optional(),
    sender: z.string().min(1).max(200).optional().describe("Who sends it, for people: a host and a process"),
    total: z.int().min(0).max(Number.MAX_SAFE_INTEGER).optional(),
    fresh: z.boolean().optional().describe("Settle all lines anew: for a sender that cannot skip what was sent before"),
    ...attributionFields,
  }),
  handle: async (call) => {
    const { standing, made, ...begun } = await beginImportOperation(operationContext(call), call.body);
    return json({ ...begun, made, ...standing }, made ? 201 : 200);
  },
});

/** Ends an import. */
export const endImportEndpoint = endpoint({
  path: "/api/v1/{store}/imports/{id}/end",
  summary: "End an import: `finished` with its totals, or `interrupted` to go on another time",
  operation: endImportOperation,
  body: z.strictObject({
    epoch,
    end: z.enum(["finished", "interrupted"]),
    lines: z.int().min(0).max(Number.MAX_SAFE_INTEGER).describe("All lines that were settled"),
    ...attributionFields,
  }),
  handle: async (call) =>
    json(await endImportOperation(operationContext(call), { ...call.body, id: call.path.id ?? "" })),
});

/** Refused lines of an import. */
export const importRefusalsEndpoint = endpoint({
  path: "/api/v1/{store}/imports/{id}/refused",
  summary: "The lines that an import could not store, in the order of the file; the first 10,000 are kept",
  role: "viewer",
  query: z.strictObject({
    after: z
      .string()
      .regex(/^\d{1,15}$/, "must be the number of a line")
      .optional(),
    limit: limit.optional(),
  }),
  handle: async ({ context, path, query }) => json(await importRefusals(context, path.id ?? "", query)),
});
