/** Field names whose values never reach a log, at the top level or one level down. */
export const SECRET_FIELDS = [
  "password",
  "token",
  "secret",
  "authorization",
  "cookie",
  "databaseUrl",
  "url.password",
  "signingKey",
];

/** Takes credentials out of a line of text: passwords in URLs, bearer tokens, one-time links, Tidemark tokens. */
export function redact(line: string): string {
  return line
    .replace(/(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@"']+:)[^\s@"']+@/gi, "$1***@")
    .replace(/(bearer\s+)[\w.~+/=-]+/gi, "$1***")
    .replace(/([?&](?:token|code|link)=)[^\s&"']+/gi, "$1***")
    .replace(/\b(tmk|tml|tms)_[\w-]{8,}/g, "$1_***");
}
