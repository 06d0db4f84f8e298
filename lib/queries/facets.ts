import type { QueryContext } from "@/lib/queries/query-context";

/** Names that filters offer, in the order of names; `more` when there are more than are listed. */
export type Facets = {
  readonly categories: readonly string[];
  readonly moreCategories: boolean;
  readonly types: readonly string[];
  readonly moreTypes: boolean;
};

/** Reads the categories and event types that the store holds, at most 200 of each, by skipping through the indexes. */
export async function facets(context: QueryContext): Promise<Facets> {
  throw new Error(`facets is being written ${context}`);
}
