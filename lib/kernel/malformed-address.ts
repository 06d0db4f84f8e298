/** Where a request goes whose address cannot be decoded: an address of the API, and one of the console. */
export const MALFORMED_ADDRESS = { api: "/api/v1/malformed-address", console: "/malformed-address" } as const;

/** The address to serve instead of one with a broken percent escape; `undefined` when there is nothing wrong with it. */
export function insteadOfMalformed(url: string): string | undefined {
  const path = url.split("?", 1)[0] ?? "";
  try {
    decodeURIComponent(path);
    return undefined;
  } catch {
    return path.startsWith("/api/") ? MALFORMED_ADDRESS.api : MALFORMED_ADDRESS.console;
  }
}
