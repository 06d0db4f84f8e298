/** The list pages whose filter can be kept under a name. */
export const viewPages = ["events", "streams", "traces", "dead-letters", "projections"] as const;

/** One of them. */
export type ViewPage = (typeof viewPages)[number];

/** A place of the console: one of its list pages, and what that is narrowed to. It cannot name any other place. */
export type ConsoleAddress = { readonly page: ViewPage; readonly query: string };

/** What says where in a list somebody stands, and not what the list is. */
const PLACES = ["before", "after", "at", "cursor", "scan", "sel", "live"];

const QUERY_MAX = 4_000;

/**
 * Reads the address of a list page, as it stands behind the console's host: `/local/events?q=type%3AOrderPlaced`. Undefined
 * for everything else: other hosts and schemes, pages below these, fragments. Where in the list one stands is left out.
 */
export function parseConsoleAddress(text: string): ConsoleAddress | undefined {
  const [, page, given = ""] = /^\/[a-z0-9-]{1,63}\/([a-z-]{1,20})(?:\?([^#]*))?$/.exec(text) ?? [];
  const known = viewPages.find((one) => one === page);
  if (known === undefined) return undefined;
  const query = new URLSearchParams(given);
  for (const place of PLACES) query.delete(place);
  // Read and written anew: whatever it held is data of a query now.
  const written = query.toString();
  return written.length <= QUERY_MAX && !/\0|%00/.test(written) ? { page: known, query: written } : undefined;
}
