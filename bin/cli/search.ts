import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { printable } from "@/bin/cli/printable";
import type { OpenSession } from "@/bin/cli/session";

type Group = {
  readonly kind: string;
  readonly hits: readonly { readonly id: string; readonly note: string; readonly exact: boolean }[];
  readonly more: boolean;
  readonly ms: number;
};

/** `tidemark search`: half an id or a word, and what there is of it. */
export function addSearch(program: Command, open: OpenSession): void {
  program
    .command("search")
    .description("what has a text in its name or is named by it: events, positions, streams, traces, types, runs, …")
    .argument("<text>", "an id, a position, a run as `R-12`, or a part of a name")
    .option("--kind <kind>", "event, position, stream, trace, type, consumer, run or command")
    .action(async (text: string, { kind }: { kind?: string }) => {
      const { api, out } = open();
      const answer = await api.ask({ path: storePath("search"), query: { q: text, kind } });
      if (out.asJson) return out.raw(answer.text);
      const { groups } = answer.json() as { groups: readonly Group[] };
      const found = groups.filter(({ hits }) => hits.length > 0);
      if (found.length === 0) return out.line("Nothing has this name.");
      out.table(
        ["KIND", "NAME", "", "WHAT"],
        found.flatMap(({ kind: of, hits }) => hits.map(({ id, note, exact }) => [of, id, exact ? "exact" : "", note])),
      );
      for (const { kind: of, more } of found) if (more) out.note(`There may be more of the kind ${printable(of)}.`);
    });
}
