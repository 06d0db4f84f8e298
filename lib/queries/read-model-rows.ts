import type { QueryContext } from "@/lib/queries/query-context";

/** One page of a read model in the order of its primary key, with how fresh it is. */
export type ReadModelPage = {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly primaryKey: readonly string[];
  /** Values as JSON carries them: bigint as decimal strings, times ISO 8601, json parsed. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** `after` of the following page (JSON array of the key's parts); null at the end. */
  readonly next: string | null;
  /** Everything up to here is in the rows. */
  readonly checkpoint: string;
};

/**
 * Reads rows of a read model; `key` is an exact first part of the primary key, `after` the `next` of the page before.
 * Throws `NotFound`, `InvalidRequest`.
 */
export async function readModelRows(
  context: QueryContext,
  name: string,
  page: { readonly key?: string; readonly after?: string; readonly limit?: number },
): Promise<ReadModelPage> {
  throw new Error(`readModelRows is being written ${context} ${name} ${page}`);
}
