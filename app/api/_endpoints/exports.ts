import { z } from "zod";
import { fileAnswer, json } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { openExport } from "@/lib/export/open-export";
import { attributionFields } from "@/lib/operations/attribution";
import { beginExport, exportFields } from "@/lib/operations/begin-export";
import { takeExport } from "@/lib/operations/take-export";
import { listExports, readExport } from "@/lib/queries/list-exports";

/** The newest exports. */
export const listExportsEndpoint = endpoint({
  path: "/api/v1/{store}/exports",
  summary: "The newest hundred exports, with the size and SHA-256 of their files",
  role: "viewer",
  handle: async ({ context }) => json(await listExports(context)),
});

/** Begins an export. */
export const beginExportEndpoint = endpoint({
  path: "/api/v1/{store}/exports",
  summary: "Begin a run that writes the events of a filter, as of now, into a file; 202 with the run",
  operation: beginExport,
  body: z.strictObject({ ...exportFields, ...attributionFields }),
  handle: async (call) => json(await beginExport(operationContext(call), call.body), 202),
});

/** One export. */
export const exportEndpoint = endpoint({
  path: "/api/v1/{store}/exports/{run}",
  summary: "The export of a run: size and SHA-256 of its file, and until when it is kept",
  role: "viewer",
  handle: async ({ context, path }) => json(await readExport(context, path.run ?? "")),
});

/** The file of an export. */
export const exportFileEndpoint = endpoint({
  path: "/api/v1/{store}/exports/{run}/file",
  summary: "The file of a finished export; every download is audited",
  operation: takeExport,
  query: z.strictObject({ reason: attributionFields.reason, ticket: attributionFields.ticket }),
  handle: async (call) => {
    const found = await takeExport(operationContext(call), { ...call.query, run: call.path.run ?? "" });
    const { body, bytes } = await openExport(call.tidemark.exports, found);
    const type = found.format === "csv" ? "text/csv; charset=utf-8" : "application/x-ndjson";
    return fileAnswer(body, { name: found.file, bytes, type });
  },
});
