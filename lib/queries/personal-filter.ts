import type { Catalog } from "@/lib/catalog/catalog";

/**
 * The event types in which a payload path holds, contains or lies within personal data. Masked data must not be found by
 * searching for it, so a search by this path leaves these types out.
 */
export function typesHiding(catalog: Catalog, path: string): string[] {
  const asked = path.split(".");
  return catalog
    .describe()
    .events.filter(({ personal }) => personal.some((field) => meet(field.path.split("."), asked)))
    .map(({ type }) => type);
}

function meet(field: readonly string[], asked: readonly string[]): boolean {
  const shared = Math.min(field.length, asked.length);
  for (let i = 0; i < shared; i++) {
    if (field[i] !== "*" && field[i] !== asked[i]) return false;
  }
  return true;
}
