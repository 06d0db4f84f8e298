import { type Position, parsePosition } from "@/lib/kernel/position";

/** What a token says: in which store something was written, and up to where a read must have come to show it. */
export type WrittenAt = { readonly store: string; readonly position: Position };

/**
 * The opaque token of a write. Handed to a later read, it makes the read wait until what was written is in it. Opaque, so
 * that it can carry a vector one day; URL-safe.
 */
export function consistencyToken({ store, position }: WrittenAt): string {
  return `${MARK}${Buffer.from(`${position}.${store}`).toString("base64url")}`;
}

/** Reads a token; undefined when it is none. */
export function readConsistencyToken(token: string): WrittenAt | undefined {
  if (!token.startsWith(MARK) || token.length > 500) return undefined;
  const text = Buffer.from(token.slice(MARK.length), "base64url").toString();
  const dot = text.indexOf(".");
  const position = parsePosition(text.slice(0, Math.max(0, dot)));
  const store = text.slice(dot + 1);
  return position === undefined || store === "" ? undefined : { store, position };
}

/** In front of every token: tells it from a position at a glance, and this form from later ones. */
const MARK = "t1-";
