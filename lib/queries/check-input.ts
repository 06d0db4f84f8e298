import { InvalidRequest } from "@/lib/kernel/errors";
import { limits } from "@/lib/kernel/limits";
import { type Position, parsePosition } from "@/lib/kernel/position";

/** Reads a position; throws `InvalidRequest` naming `path`. */
export function checkPosition(text: string, path: string): Position {
  const position = parsePosition(text);
  if (position === undefined) throw invalid(path, "must be a position: a decimal number from 0 to 9223372036854775807");
  return position;
}

/** A page size between 1 and the limit; the default when absent. Throws `InvalidRequest`. */
export function checkLimit(limit: number | undefined): number {
  if (limit === undefined) return limits.pageDefault;
  if (Number.isInteger(limit) && limit >= 1 && limit <= limits.pageMax) return limit;
  throw invalid("limit", `must be a whole number from 1 to ${limits.pageMax}`);
}

/** Refuses text that PostgreSQL cannot carry or that no name could be. Throws `InvalidRequest` naming `path`. */
export function checkText(text: string, path: string, maxBytes: number = limits.streamNameBytes): string {
  if (Buffer.byteLength(text) > maxBytes) throw invalid(path, `must not be longer than ${maxBytes} bytes`);
  if (/[\0\p{Cs}]/u.test(text)) throw invalid(path, "must not contain NUL or broken Unicode");
  return text;
}

/** An ISO 8601 time with a zone (or a date), kept as text for its microseconds. Throws `InvalidRequest`. */
export function checkTime(text: string, path: string): string {
  const form = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2}))?$/;
  if (!form.test(text) || Number.isNaN(Date.parse(text)) || rolledOver(text)) {
    throw invalid(path, "must be an ISO 8601 time with a zone, such as 2026-11-24T02:01:17.513805Z");
  }
  return text;
}

/** A fault of one parameter. */
export function invalid(path: string, message: string): InvalidRequest {
  return new InvalidRequest(`${path} ${message}.`, [{ path, message }]);
}

/** JavaScript takes 30 February for 1 or 2 March; PostgreSQL would fail on it. */
function rolledOver(text: string): boolean {
  const day = text.slice(0, 10);
  return text.startsWith("0000") || new Date(`${day}T00:00:00Z`).toISOString().slice(0, 10) !== day;
}
