import { type Endpoint, openRoute, route } from "@/app/_lib/route";
import { endpoints } from "@/app/api/_endpoints";
import { answerHealth } from "@/app/api/_endpoints/health";
import { nothingHere } from "@/app/api/_endpoints/nothing-here";
import { openApiEndpoint } from "@/app/api/_endpoints/open-api";

/** What a request carries beside its address. `body` is sent as it is when it is text or bytes, else as JSON. */
export type Sent = {
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

/** An answer with its body read; `json` is undefined where it is not JSON. */
export type Answered = {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects, and fails when it is not there.
  readonly json: any;
};

/** Sends requests through the very handlers that Next calls, without a server between: for tests of the API. */
export function inProcessClient(token: string | undefined) {
  const open = (method: string, address: string, sent: Sent = {}): Promise<Response> => {
    const headers = new Headers({ host: "console.test", ...sent.headers });
    if (token && !headers.has("authorization") && !headers.has("cookie"))
      headers.set("authorization", `Bearer ${token}`);
    let body: BodyInit | null = null;
    if (typeof sent.body === "string" || sent.body instanceof Uint8Array) body = sent.body as BodyInit;
    else if (sent.body !== undefined) {
      body = JSON.stringify(sent.body);
      if (!headers.has("content-type")) headers.set("content-type", "application/json");
    }
    const init = { method, headers, body, ...(sent.signal ? { signal: sent.signal } : {}) };
    return handlerFor(method, address)(new Request(`http://console.test${address}`, init));
  };
  const send = async (method: string, address: string, sent: Sent = {}): Promise<Answered> => {
    const response = await open(method, address, sent);
    const text = await response.text();
    return { status: response.status, headers: response.headers, text, json: parsed(text) };
  };
  return { open, send };
}

function handlerFor(method: string, address: string): (request: Request) => Promise<Response> {
  const pathname = address.split("?")[0] ?? "";
  const verb = method as "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  if (pathname === "/api/v1/health") return openRoute(answerHealth)[verb];
  const served: Partial<Record<"GET" | "POST", Endpoint>> = {};
  for (const [at, found] of [...endpoints, ["get", openApiEndpoint] as const]) {
    const known = served[at === "get" ? "GET" : "POST"];
    // As Next does it: a part that is written out stands before one in braces.
    if (matches(found.path, pathname) && openParts(found) <= (known ? openParts(known) : Number.POSITIVE_INFINITY)) {
      served[at === "get" ? "GET" : "POST"] = found;
    }
  }
  const none = { GET: nothingHere, POST: nothingHere, PUT: nothingHere, PATCH: nothingHere, DELETE: nothingHere };
  return route(Object.keys(served).length > 0 ? served : none)[verb];
}

function openParts({ path }: Endpoint): number {
  return path.split("{").length;
}

function matches(pattern: string, pathname: string): boolean {
  const names = pattern.split("/");
  const parts = pathname.split("/");
  return names.length === parts.length && names.every((name, index) => name.startsWith("{") || name === parts[index]);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
