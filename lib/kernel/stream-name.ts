import { InvalidRequest } from "@/lib/kernel/errors";
import { limits } from "@/lib/kernel/limits";

/** The category of a stream: its name before the first dash (`order-42` is of `order`). */
export function categoryOf(stream: string): string {
  const dash = stream.indexOf("-");
  return dash === -1 ? stream : stream.slice(0, dash);
}

/**
 * Refuses a name that could not be shown, linked or stored as it was given: empty, longer than 512 bytes,
 * with control characters, lone surrogates, or white space at its ends. Throws `InvalidRequest`.
 */
export function checkStreamName(stream: string): string {
  const fault = faultOf(stream, limits.streamNameBytes);
  if (fault) throw new InvalidRequest(`Stream name refused: ${fault}.`, [{ path: "stream", message: fault }]);
  return stream;
}

/** The same rule for event type names, up to 200 bytes. Throws `InvalidRequest`. */
export function checkTypeName(type: string, path = "type"): string {
  const fault = faultOf(type, limits.typeNameBytes);
  if (fault) throw new InvalidRequest(`Event type refused: ${fault}.`, [{ path, message: fault }]);
  return type;
}

function faultOf(name: string, maxBytes: number): string | undefined {
  if (name.length === 0) return "it is empty";
  // As most names are: letters, digits and signs of ASCII.
  if (name.length <= maxBytes && /^[!-~]+$/.test(name)) return undefined;
  if (Buffer.byteLength(name) > maxBytes) return `it is longer than ${maxBytes} bytes`;
  if (/\p{Cc}|\p{Cs}/u.test(name)) return "it has control characters or broken Unicode";
  if (name !== name.trim()) return "it starts or ends with white space";
  return undefined;
}
