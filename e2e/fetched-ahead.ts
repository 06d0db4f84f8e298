import type { Request } from "@playwright/test";

/** Whether a request fetches a page ahead that nobody has opened. */
export function isAhead(request: Request): boolean {
  const headers = request.headers();
  return (headers["next-router-prefetch"] ?? headers["next-router-segment-prefetch"]) !== undefined;
}
