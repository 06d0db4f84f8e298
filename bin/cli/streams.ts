import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { clock, count, wholeNumber } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession } from "@/bin/cli/session";

type Options = {
  readonly prefix?: string;
  readonly contains?: string;
  readonly category?: string;
  readonly sort: string;
  readonly cursor?: string;
  readonly limit: number;
};

type StreamRow = {
  readonly stream: string;
  readonly version: number;
  readonly bytes: number;
  readonly updatedAt: string;
};

type Page = { readonly streams: readonly StreamRow[]; readonly next: string | null; readonly scan: object | null };

/** Milliseconds that one call may search where no index answers. */
const SCAN_MS = 2_000;

/** `tidemark streams`: streams by name or by activity. */
export function addStreams(program: Command, open: OpenSession): void {
  program
    .command("streams")
    .description("list streams")
    .option("--prefix <text>", "streams whose name begins so")
    .option("--contains <text>", "streams whose name holds this")
    .option("--category <name>", "streams of one category, as `order`")
    .option("--sort <order>", "`activity` (newest first) or `name`", "activity")
    .option("--cursor <cursor>", "go on after a page: the cursor that it ended with")
    .option("--limit <n>", "streams of a page, 1 to 500", wholeNumber("--limit", 1, 500), 20)
    .action(async (options: Options) => {
      const { api, out } = open();
      const answer = await api.ask({ path: storePath("streams"), query: { ...options, scanMs: SCAN_MS } });
      if (out.asJson) return out.raw(answer.text);
      const { streams, next, scan } = answer.json() as Page;
      if (streams.length === 0 && next === null) return out.line("No stream matches.");
      if (streams.length === 0 && scan)
        return out.note(`None so far. Go on with --cursor ${printable(JSON.stringify(next))}`);
      out.table(
        ["STREAM", "VERSION", "BYTES", "LAST EVENT"],
        streams.map(({ stream, version, bytes, updatedAt }) => [stream, version, count(bytes), clock(updatedAt)]),
        [1, 2],
      );
      if (next !== null) out.note(`More with --cursor ${printable(JSON.stringify(next))}`);
    });
}
