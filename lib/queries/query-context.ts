import type { Catalog } from "@/lib/catalog/catalog";
import type { ReadDatabase } from "@/lib/db/read-database";
import type { EventStore } from "@/lib/event-store/store";

/**
 * What every query is given: a database that can only be read, the domain's catalogue, and, for pages that fold state,
 * the store's own reads.
 */
export type QueryContext = {
  readonly reads: ReadDatabase;
  readonly catalog: Catalog;
  readonly store?: EventStore;
};
