/** What a person likes rather than looks at: kept in a cookie each, so that the server draws it right the first time. */
export type Taste = "theme" | "nav" | "tz" | "density" | "keys" | "swaps";

/** The cookie of a taste. */
export function tasteCookie(taste: Taste): string {
  return `tidemark-${taste}`;
}

/** Keeps a taste for a year. Browser only. */
export function setTaste(taste: Taste, value: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the cookie store API is missing in two of the supported browsers
  document.cookie = `${tasteCookie(taste)}=${value}; path=/; max-age=31536000; samesite=lax`;
}
