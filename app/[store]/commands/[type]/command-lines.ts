import { urls } from "@/app/_lib/urls";

/** A command as it would be sent. */
type Sent = { readonly category: string; readonly id: string; readonly name: string; readonly input: unknown };

/** The line that sends it by the CLI, for a POSIX shell. */
export function cliLine({ category, id, name, input }: Sent): string {
  return ["bin/tidemark", "command", ...[category, id, name, JSON.stringify(input)].map(quoted)].join(" ");
}

/** The line that sends it by curl; address and token come from the shell's environment. */
export function curlLine(store: string, { category, id, name, input }: Sent): string {
  const path = urls.api(store, `/commands/${[category, id, name].map(encodeURIComponent).join("/")}`);
  return [
    `curl -X POST "$TIDEMARK_URL"${quoted(path)}`,
    '-H "authorization: Bearer $TIDEMARK_TOKEN"',
    "-H 'content-type: application/json'",
    `-d ${quoted(JSON.stringify(input))}`,
  ].join(" ");
}

/** One word for the shell, whatever it holds. */
function quoted(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
