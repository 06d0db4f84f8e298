import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { clock, wholeNumber } from "@/bin/cli/format";
import type { OpenSession } from "@/bin/cli/session";

type Entry = {
  readonly at: string;
  readonly actor: string | null;
  readonly act: string | null;
  readonly target: string | null;
  readonly outcome: string;
  readonly code: string | null;
  readonly reason: string | null;
  readonly ticket: string | null;
  readonly summary: string;
};

type Options = {
  readonly actor?: string;
  readonly target?: string;
  readonly act?: string;
  readonly refused?: boolean;
  readonly cursor?: string;
  readonly limit?: number;
};

/** `tidemark audit`: who did what, and what was refused. */
export function addAudit(program: Command, open: OpenSession): void {
  program
    .command("audit")
    .description("acts of operators and refused attempts, newest first")
    .option("--actor <who>", "only by this actor")
    .option("--target <what>", "only on this: a projection, `run 12`")
    .option("--act <name>", "only this operation, as `pause-projection`")
    .option("--refused", "only what was refused")
    .option("--cursor <next>", "go on from the page before")
    .option("--limit <n>", "entries of a page, up to 500", wholeNumber("--limit", 1, 500))
    .action(async ({ refused, ...query }: Options) => {
      const { api, out } = open();
      const answer = await api.ask({
        path: storePath("audit"),
        query: { ...query, outcome: refused ? "refused" : undefined },
      });
      if (out.asJson) return out.raw(answer.text);
      const { entries, next } = answer.json() as { entries: readonly Entry[]; next: string | null };
      if (entries.length === 0) out.line("Nothing.");
      else {
        out.table(
          ["TIME (UTC)", "WHO", "OUTCOME", "WHY", "WHAT"],
          entries.map((entry) => [
            ...[clock(entry.at).slice(0, 19), entry.actor, entry.code ?? entry.outcome],
            ...[[entry.ticket, entry.reason].filter(Boolean).join(" "), entry.summary],
          ]),
        );
      }
      if (next !== null) out.note(`More with --cursor ${next}.`);
    });
}
