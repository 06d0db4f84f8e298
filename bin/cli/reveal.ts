import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { printable } from "@/bin/cli/printable";
import type { OpenSession, Session } from "@/bin/cli/session";

type Options = { readonly digest?: string; readonly reason?: string; readonly ticket?: string };

type Revealed = {
  readonly id: string;
  readonly fields: readonly { readonly path: string; readonly state: string; readonly value: unknown }[];
};

/** `tidemark reveal`: personal values of events, to somebody who says why. */
export function addReveal(program: Command, open: OpenSession): void {
  program
    .command("reveal")
    .description("personal values of events as they read, with a reason; audited")
    .argument("<events...>", "ids of events, 50 at most")
    .option("--digest <digest>", "only what is sealed for this person")
    .option("--reason <text>", "why, for the audit")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .action((events: readonly string[], options: Options) => reveal(open(), events, options));
}

async function reveal({ api, out }: Session, events: readonly string[], options: Options): Promise<void> {
  const body = JSON.stringify({ ...options, events });
  const answer = await api.ask({ method: "POST", path: storePath("events", "reveal"), body });
  if (out.asJson) return out.raw(answer.text);
  const { events: revealed } = answer.json() as { events: readonly Revealed[] };
  for (const { id, fields } of revealed) {
    out.line(fields.length === 0 ? `${id}: nothing personal stands in it` : id);
    for (const { path, state, value } of fields) {
      out.line(`  ${printable(path)}: ${value === null ? `(${state})` : printable(JSON.stringify(value))}`);
    }
  }
}
