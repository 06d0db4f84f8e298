import { z } from "zod";
import { json, rawJson } from "@/app/_lib/answer";
import { operationContext } from "@/app/_lib/operation-context";
import { endpoint } from "@/app/_lib/route";
import { limit, name } from "@/app/api/_endpoints/parameters";
import { readingJson } from "@/app/api/_endpoints/reading-json";
import { InvalidRequest, NotFound } from "@/lib/kernel/errors";
import { tryUpcast } from "@/lib/operations/try-upcast";
import { schemaList } from "@/lib/queries/schema-list";
import { schemaPage } from "@/lib/queries/schema-page";

/** Event types. */
export const schemaListEndpoint = endpoint({
  path: "/api/v1/{store}/schema",
  summary:
    "Event types that the code knows or the log holds, with versions, volumes and whether released forms are kept",
  role: "viewer",
  query: z.strictObject({
    after: name.optional().describe("The `next` of the page before"),
    limit: limit.optional(),
  }),
  handle: async ({ context, query }) => json(await schemaList(context, query)),
});

/** One event type. */
export const schemaTypeEndpoint = endpoint({
  path: "/api/v1/{store}/schema/{type}",
  summary: "An event type: every version with its form, fingerprint, volume and verdict; personal fields; who reads it",
  role: "viewer",
  handle: async ({ context, path }) => json(await schemaPage(context, path.type ?? "")),
});

/** One version of an event type. */
export const schemaVersionEndpoint = endpoint({
  path: "/api/v1/{store}/schema/{type}/{version}",
  summary: "One version of an event type: its JSON Schema where it is recorded, volume, verdict and what it becomes",
  role: "viewer",
  handle: async ({ context, path }) => {
    const { type, versions } = await schemaPage(context, path.type ?? "");
    const found = versions.find(({ version }) => version === versionOf(path.version));
    if (!found) throw new NotFound("schema version", `${type} ${path.version}`);
    return json({ type, ...found });
  },
});

/** A payload, tried. */
export const tryUpcastEndpoint = endpoint({
  path: "/api/v1/{store}/schema/{type}/{version}/upcast",
  summary:
    "Read a payload as a stored event of this version is read: every step, and what it is today. Nothing is stored",
  operation: tryUpcast,
  body: z.unknown(),
  handle: async (call) => {
    const input = { type: call.path.type ?? "", schemaVersion: versionOf(call.path.version), data: call.text };
    return rawJson(readingJson(await tryUpcast(operationContext(call), input)));
  },
});

function versionOf(text: string | undefined): number {
  if (text !== undefined && /^[1-9]\d{0,6}$/.test(text)) return Number(text);
  throw new InvalidRequest("The schema version must be a whole number from 1.", [
    { path: "version", message: "must be a whole number from 1" },
  ]);
}
