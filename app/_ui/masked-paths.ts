import { parsePath } from "@/lib/kernel/json-path";

/**
 * Whether a place (`lines[0].email`) is, or lies within, one of the masked paths; in those `*` stands for every element
 * and every key. A path that cannot be read counts as masked.
 */
export function isMasked(path: string, masked: readonly string[]): boolean {
  return masked.some((field) => meets(path, field, false));
}

/** The same, and whether it contains one: a whole added address has a name in it. */
export function touchesMasked(path: string, masked: readonly string[]): boolean {
  return masked.some((field) => meets(path, field, true));
}

function meets(path: string, field: string, containing: boolean): boolean {
  const place = parsePath(path);
  if (!place) return true;
  const parts = field.split(".");
  if (place.length < parts.length && !containing) return false;
  return parts.slice(0, place.length).every((part, at) => part === "*" || part === String(place[at]));
}
