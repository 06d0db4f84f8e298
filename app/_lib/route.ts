import type { z } from "zod";
import { problem } from "@/app/_lib/answer";
import { authenticate, authorise, proveSameOrigin } from "@/app/_lib/authenticate";
import { operationContext } from "@/app/_lib/operation-context";
import { MethodNotAllowed } from "@/app/_lib/problem";
import { readJson, readText } from "@/app/_lib/read-body";
import { inRequestSpan } from "@/app/_lib/request-span";
import { type Tidemark, tidemark } from "@/app/_lib/tidemark";
import { LOCAL_STORE } from "@/app/_lib/urls";
import type { Principal, Role } from "@/lib/access/principal";
import { InvalidRequest, NotFound } from "@/lib/kernel/errors";
import { newId } from "@/lib/kernel/ids";
import type { Guarded } from "@/lib/operations/operation";
import type { QueryContext } from "@/lib/queries/query-context";
import { createLogger } from "@/lib/telemetry/logger";

/** A request that has been let in and parsed. */
export type Call<Query, Body> = {
  readonly request: Request;
  readonly requestId: string;
  readonly principal: Principal;
  readonly tidemark: Tidemark;
  /** For `lib/queries`. */
  readonly context: QueryContext;
  /** The decoded `{…}` parts of the path. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: Query;
  readonly body: Body;
  /** The body's text, byte for byte what `body` was parsed from. */
  readonly text: string;
};

/** One method of one address: who may call it, what it takes, what it does. The schemas are also its documentation. */
export type Endpoint<Query extends z.ZodType = z.ZodType, Body extends z.ZodType = z.ZodType> = {
  readonly path: string;
  readonly summary: string;
  readonly role: Role;
  /** What a method that changes something does; its role is the endpoint's, and it has refused attempts audited. */
  readonly operation?: Guarded;
  readonly query?: Query;
  readonly body?: Body;
  /** The media type of the body; JSON unless said otherwise. Text of any other kind reaches `handle` unparsed. */
  readonly takes?: "application/json" | "application/x-ndjson";
  /** A request without any body stands for the empty object. */
  readonly bodyOptional?: boolean;
  readonly handle: (call: Call<z.output<Query>, z.output<Body>>) => Promise<Response>;
};

/** As an endpoint is written: with a role for reads, with its operation for everything else. */
type Definition<Query extends z.ZodType, Body extends z.ZodType> = Omit<Endpoint<Query, Body>, "role" | "operation"> &
  ({ readonly role: Role; readonly operation?: never } | { readonly operation: Guarded; readonly role?: never });

/** Declares an endpoint, so that its query and body are inferred from its schemas. */
export function endpoint<Query extends z.ZodType = z.ZodUndefined, Body extends z.ZodType = z.ZodUndefined>(
  definition: Definition<Query, Body>,
): Endpoint {
  const role = definition.role ?? definition.operation?.role;
  return { ...definition, role } as unknown as Endpoint;
}

type Handler = (request: Request) => Promise<Response>;
type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE";

/**
 * Makes the handlers of one address. Every request goes the same way: authenticate, authorise, prove its origin, parse,
 * act; whatever is thrown becomes a problem document. Methods that are not given are answered, too: 405.
 */
export function route(endpoints: Readonly<Partial<Record<Method, Endpoint>>>): Readonly<Record<Method, Handler>> {
  const allowed = Object.keys(endpoints);
  const handlerOf = (method: Method): Handler => {
    const found = endpoints[method];
    const served = found?.path ?? Object.values(endpoints)[0]?.path ?? "/api";
    return (request) =>
      guarded(request, served, async (requestId) => {
        const open = await tidemark();
        const principal = await authenticate(request, open);
        if (!found) throw new MethodNotAllowed(method, allowed);
        if (method !== "GET") proveSameOrigin(request, principal);
        if (!found.operation) authorise(principal, found.role);
        else
          await found.operation.authorise(
            operationContext({ tidemark: open, principal, request, requestId }),
            targetOf(found, request),
          );
        return found.handle(await parse(found, request, requestId, principal, open));
      });
  };
  return {
    GET: handlerOf("GET"),
    POST: handlerOf("POST"),
    PUT: handlerOf("PUT"),
    PATCH: handlerOf("PATCH"),
    DELETE: handlerOf("DELETE"),
  };
}

/** Makes the handlers of an address that anybody may call: health and the way in. The others are answered with 405. */
export function openRoute(
  get: (request: Request, requestId: string) => Promise<Response>,
): Readonly<Record<Method, Handler>> {
  const refused = (method: Method): Handler => {
    return (request) => guarded(request, undefined, () => Promise.reject(new MethodNotAllowed(method, ["GET"])));
  };
  const handler: Handler = (request) => guarded(request, undefined, (requestId) => get(request, requestId));
  return {
    GET: handler,
    POST: refused("POST"),
    PUT: refused("PUT"),
    PATCH: refused("PATCH"),
    DELETE: refused("DELETE"),
  };
}

/** Runs `answer` and turns what it throws into a problem document. */
async function guarded(
  request: Request,
  path: string | undefined,
  answer: (requestId: string) => Promise<Response>,
): Promise<Response> {
  const given = request.headers.get("x-request-id");
  const requestId = given && /^[\w.-]{8,100}$/.test(given) ? given : newId();
  // What monitors ask every second tells nobody anything in a trace.
  if (path !== undefined) return inRequestSpan(request, path, () => answered(request, requestId, answer));
  return answered(request, requestId, answer);
}

async function answered(
  request: Request,
  requestId: string,
  answer: (requestId: string) => Promise<Response>,
): Promise<Response> {
  let response: Response;
  try {
    response = await answer(requestId);
  } catch (error) {
    response = problem(error, requestId);
    if (response.status === 500) log().error({ err: error, requestId, method: request.method }, "a request failed");
  }
  response.headers.set("x-request-id", requestId);
  return response;
}

async function parse(
  found: Endpoint,
  request: Request,
  requestId: string,
  principal: Principal,
  open: Tidemark,
): Promise<Call<unknown, unknown>> {
  const url = new URL(request.url);
  const path = pathOf(found.path, url.pathname);
  if (path.store !== undefined && path.store !== LOCAL_STORE) throw new NotFound("store", path.store.slice(0, 100));
  const query = found.query ? checked(found.query, queryOf(url.searchParams)) : undefined;
  const { text, value } = await bodyOf(found, request);
  return {
    request,
    requestId,
    principal,
    tidemark: open,
    context: { reads: open.reads, catalog: open.catalog, store: open.store },
    path,
    query,
    body: found.body ? checked(found.body, value) : undefined,
    text,
  };
}

async function bodyOf(found: Endpoint, request: Request): Promise<{ text: string; value: unknown }> {
  if (found.takes === "application/x-ndjson") return { text: await readText(request, found.takes), value: undefined };
  if (!found.body) return { text: "", value: undefined };
  if (
    found.bodyOptional &&
    !request.headers.has("content-type") &&
    (request.headers.get("content-length") ?? "0") === "0"
  ) {
    return { text: "", value: {} };
  }
  return readJson(request);
}

/** What an address names, for the audit of a refused attempt: its parts without the store. */
function targetOf(found: Endpoint, request: Request): string | null {
  const { store: _, ...parts } = pathOf(found.path, new URL(request.url).pathname);
  return Object.values(parts).join("/") || null;
}

/** Takes the path apart by its pattern; a part is decoded once, here. Throws `InvalidRequest`. */
function pathOf(pattern: string, pathname: string): Record<string, string> {
  const names = pattern.split("/");
  const parts = pathname.split("/");
  const path: Record<string, string> = {};
  for (const [index, name] of names.entries()) {
    if (!name.startsWith("{")) continue;
    try {
      path[name.slice(1, -1)] = decodeURIComponent(parts[index] ?? "");
    } catch {
      throw new InvalidRequest("The address holds a broken percent escape.", [
        { path: name.slice(1, -1), message: "is not percent-encoded UTF-8" },
      ]);
    }
  }
  return path;
}

/** A parameter that is given twice has no one meaning. Throws `InvalidRequest`. */
function queryOf(parameters: URLSearchParams): Record<string, string> {
  const query: Record<string, string> = Object.create(null) as Record<string, string>;
  for (const [name, value] of parameters) {
    if (name in query) {
      throw new InvalidRequest(`${name} is given twice.`, [{ path: name.slice(0, 100), message: "is given twice" }]);
    }
    query[name] = value;
  }
  return { ...query };
}

/** Parses by the schema. Throws `InvalidRequest` that lists each fault with its path. */
export function checked<Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.slice(0, 20).map((issue) => ({
    path: issue.path.join("."),
    message: issue.message,
  }));
  const [first] = issues;
  throw new InvalidRequest(`${first?.path || "The request"}: ${first?.message ?? "is not valid"}`, issues);
}

let logger: ReturnType<typeof createLogger> | undefined;
function log() {
  logger ??= createLogger("console");
  return logger;
}
