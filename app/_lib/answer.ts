import { toProblem } from "@/app/_lib/problem";
import { instruments } from "@/lib/telemetry/instruments";

/** Headers of every answer of the API: nothing is kept, framed, sniffed or run. */
const ALWAYS = {
  "cache-control": "no-store",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
} as const;

/** A JSON answer; positions (`bigint`) become decimal strings. */
export function json(body: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  const text = JSON.stringify(body, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  return rawJson(text, status, headers);
}

/** A JSON answer whose text is ready: payloads in it keep their bytes. */
export function rawJson(text: string, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(text, { status, headers: { ...ALWAYS, "content-type": "application/json", ...headers } });
}

/** An answer of plain text of some media type. */
export function plainText(body: string, mediaType: string): Response {
  return new Response(body, { headers: { ...ALWAYS, "content-type": mediaType } });
}

/** An open stream of server-sent events. */
export function eventStream(body: ReadableStream<Uint8Array>): Response {
  return new Response(body, {
    headers: { ...ALWAYS, "content-type": "text/event-stream; charset=utf-8", "x-accel-buffering": "no" },
  });
}

/** A file that is saved, not shown. `name` is one of ours: no quotes, no line breaks. */
export function fileAnswer(
  body: ReadableStream<Uint8Array>,
  { name, bytes, type }: { readonly name: string; readonly bytes: number; readonly type: string },
): Response {
  return new Response(body, {
    headers: {
      ...ALWAYS,
      "content-type": type,
      "content-length": String(bytes),
      "content-disposition": `attachment; filename="${name}"`,
    },
  });
}

/** An error as a problem document. */
export function problem(error: unknown, requestId: string): Response {
  const body = toProblem(error, requestId);
  instruments().errors.add(1, { code: body.code });
  const headers: Record<string, string> = { ...ALWAYS, "content-type": "application/problem+json" };
  if (body.status === 401) headers["www-authenticate"] = 'Bearer realm="tidemark"';
  if (body.status === 503) headers["retry-after"] = "1";
  if (Array.isArray(body.allowed)) headers.allow = body.allowed.join(", ");
  return Response.json(body, { status: body.status, headers });
}
