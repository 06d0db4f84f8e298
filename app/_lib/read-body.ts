import { UnsupportedMediaType } from "@/app/_lib/problem";
import { InvalidRequest, PayloadRefused, TooLarge } from "@/lib/kernel/errors";
import { checkJson } from "@/lib/kernel/json";
import { limits } from "@/lib/kernel/limits";

/** Reads a body of one kind as text, up to 8 MiB. Throws `UnsupportedMediaType`, `TooLarge`, `InvalidRequest`. */
export async function readText(request: Request, mediaType: string): Promise<string> {
  const given = (request.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (given !== mediaType) throw new UnsupportedMediaType(given.slice(0, 100), mediaType);
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > limits.requestBytes) throw new TooLarge("The request", limits.requestBytes, announced);
  const bytes = await readBytes(request);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new InvalidRequest("The body is not UTF-8. Send it as UTF-8 text.", [
      { path: "body", message: "must be UTF-8" },
    ]);
  }
}

/**
 * Reads a JSON body as text that every reader sees the same way, and its parsed form. Throws as `readText` does, and
 * `InvalidRequest` for broken JSON, `PayloadRefused` for JSON that would not survive.
 */
export async function readJson(request: Request): Promise<{ readonly text: string; readonly value: unknown }> {
  const text = await readText(request, "application/json");
  try {
    checkJson(text);
  } catch (error) {
    if (error instanceof PayloadRefused && error.reason === "invalid-json") {
      throw new InvalidRequest(error.message, [{ path: error.path, message: "is not JSON" }]);
    }
    throw error;
  }
  return { text, value: JSON.parse(text) as unknown };
}

/** The length may be missing or a lie, so the cap holds while reading. */
async function readBytes(request: Request): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const reader = request.body?.getReader();
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limits.requestBytes) {
      await reader.cancel().catch(() => undefined);
      throw new TooLarge("The request", limits.requestBytes, size);
    }
    chunks.push(value);
  }
  return Buffer.concat(chunks, size);
}
