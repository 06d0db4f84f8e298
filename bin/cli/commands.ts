import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { clock, duration, wholeNumber } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession } from "@/bin/cli/session";

type Handled = {
  readonly id: string;
  readonly at: string;
  readonly command: string;
  readonly stream: string;
  readonly actor: string | null;
  readonly outcome: string;
  readonly code: string | null;
  readonly ms: number;
  readonly attempts: number;
  readonly correlationId: string;
  readonly events?: readonly { readonly type: string; readonly position: string }[];
};

type Options = {
  readonly command?: string;
  readonly category?: string;
  readonly stream?: string;
  readonly actor?: string;
  readonly outcome?: string;
  readonly refused?: boolean;
  readonly cursor?: string;
  readonly limit?: number;
};

/** `tidemark commands`: what was asked of the domain and what became of it; or one of them by its id. */
export function addCommands(program: Command, open: OpenSession): void {
  program
    .command("commands")
    .description("commands that were handled, newest first; or one of them with the events it led to")
    .argument("[id]", "the id of a command")
    .option("--command <name>", "only this command, as `PlaceOrder`")
    .option("--category <name>", "only of this category")
    .option("--stream <name>", "only on this stream")
    .option("--actor <who>", "only asked by this actor")
    .option("--outcome <outcome>", "only accepted, rejected, conflict, invalid or failed")
    .option("--refused", "only what was not accepted")
    .option("--cursor <next>", "go on from the page before")
    .option("--limit <n>", "commands of a page, up to 500", wholeNumber("--limit", 1, 500))
    .action(async (id: string | undefined, { refused, outcome, ...query }: Options) => {
      const { api, out } = open();
      if (id !== undefined) {
        const answer = await api.ask({ path: storePath("commands", "log", id) });
        if (out.asJson) return out.raw(answer.text);
        const one = answer.json() as Handled;
        const said = one.code === null ? one.outcome : `${one.outcome}: ${printable(one.code)}`;
        out.line(`${printable(one.command)} on ${printable(one.stream)}: ${said}.`);
        out.line(`${clock(one.at)} UTC, by ${printable(one.actor ?? "nobody named")}, ${duration(one.ms)}.`);
        for (const event of one.events ?? []) out.line(`#${event.position} ${printable(event.type)}`);
        out.line(`See it with \`tidemark trace ${printable(one.correlationId)}\`.`);
        return;
      }
      const answer = await api.ask({
        path: storePath("commands", "log"),
        query: { ...query, outcome: refused ? "refused" : outcome },
      });
      if (out.asJson) return out.raw(answer.text);
      const { commands, next } = answer.json() as { commands: readonly Handled[]; next: string | null };
      if (commands.length === 0) out.line("Nothing.");
      else {
        out.table(
          ["TIME (UTC)", "COMMAND", "STREAM", "OUTCOME", "WHO", "TOOK", "ID"],
          commands.map((one) => [
            ...[clock(one.at), one.command, one.stream, one.code ?? one.outcome],
            ...[one.actor, duration(one.ms), one.id],
          ]),
        );
      }
      if (next !== null) out.note(`More with --cursor ${next}.`);
    });
}
