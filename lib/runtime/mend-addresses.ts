import { subscribe } from "node:diagnostics_channel";
import type { IncomingMessage } from "node:http";
import { insteadOfMalformed } from "@/lib/kernel/malformed-address";

/**
 * Leads requests whose address cannot be decoded to an address that answers in words. Next itself answers them with a
 * bare 500 before any route of ours is asked, so they are turned round as Node takes them in.
 */
export function mendAddresses(): void {
  subscribe("http.server.request.start", (message) => {
    const { request } = message as { readonly request: IncomingMessage };
    const instead = insteadOfMalformed(request.url ?? "/");
    if (instead !== undefined) request.url = instead;
  });
}
