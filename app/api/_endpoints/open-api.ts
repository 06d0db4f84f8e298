import { z } from "zod";
import { json } from "@/app/_lib/answer";
import { type Endpoint, endpoint } from "@/app/_lib/route";
import { endpoints } from "@/app/api/_endpoints";

/** The API's own description, made of the schemas that parse the requests. */
export const openApiEndpoint = endpoint({
  path: "/api/v1/openapi.json",
  summary: "This document",
  role: "viewer",
  handle: async () => json(openApi()),
});

type Document = Readonly<Record<string, unknown>>;

/** OpenAPI 3.1. Answers that carry stored JSON are not narrowed further than their form in `docs/api.md`. */
function openApi(): Document {
  const paths: Record<string, Record<string, Document>> = {
    "/api/v1/health": {
      get: { ...described("Whether the store answers; more for those who may see it"), security: [{}] },
    },
  };
  for (const [method, found] of [...endpoints, ["get", openApiEndpoint] as const]) {
    paths[found.path] = { ...paths[found.path], [method]: operationOf(method, found) };
  }
  return {
    openapi: "3.1.0",
    info: { title: "Tidemark", version: "1", summary: "Event store and operations console" },
    servers: [{ url: "/" }],
    security: [{ token: [] }, { session: [] }],
    paths,
    components: {
      securitySchemes: {
        token: { type: "http", scheme: "bearer" },
        session: { type: "apiKey", in: "cookie", name: "tidemark_session" },
      },
      schemas: { Problem: PROBLEM },
    },
  };
}

function operationOf(method: "get" | "post", found: Endpoint): Document {
  const names = [...found.path.matchAll(/\{(\w+)\}/g)].map(([, part]) => part ?? "");
  const query = found.query ? schemaOf(found.query) : undefined;
  const properties = Object.entries((query?.properties ?? {}) as Record<string, Document>);
  const required = Array.isArray(query?.required) ? query.required : [];
  const media = found.takes ?? "application/json";
  const takesBody = found.body !== undefined || found.takes !== undefined;
  return {
    ...described(found.summary),
    operationId: [method, ...found.path.replace("/api/v1", "").split(/[^\w]+/)].filter(Boolean).join("_"),
    "x-role": found.role,
    parameters: [
      ...names.map((part) => ({ name: part, in: "path", required: true, schema: { type: "string" } })),
      ...properties.map(([part, schema]) => ({ name: part, in: "query", required: required.includes(part), schema })),
      ...(method === "post" ? HEADERS : []),
    ],
    ...(takesBody
      ? {
          requestBody: {
            required: !found.bodyOptional,
            content: { [media]: { schema: found.body ? schemaOf(found.body) : { type: "string" } } },
          },
        }
      : {}),
  };
}

function described(summary: string): Document {
  return {
    summary,
    responses: {
      "2XX": { description: "Done" },
      default: {
        description: "What went wrong",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
  };
}

/** What callers send, before defaults and transforms; checks that JSON Schema cannot say stay with the parser. */
function schemaOf(schema: z.ZodType): Document {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}

const HEADERS = ["Idempotency-Key", "Correlation-Id", "Causation-Id", "traceparent"].map((name) => {
  return { name, in: "header", required: false, schema: { type: "string", maxLength: 200 } };
});

const PROBLEM = {
  type: "object",
  description: "RFC 9457; further fields are the facts of the error",
  required: ["type", "title", "status", "code", "detail", "requestId"],
  properties: {
    type: { type: "string" },
    title: { type: "string" },
    status: { type: "integer" },
    code: { type: "string" },
    detail: { type: "string" },
    requestId: { type: "string" },
    issues: {
      type: "array",
      items: { type: "object", properties: { path: { type: "string" }, message: { type: "string" } } },
    },
  },
} as const;
