import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { printable } from "@/bin/cli/printable";
import { readInput } from "@/bin/cli/read-input";
import type { OpenSession } from "@/bin/cli/session";

type Options = { readonly key?: string; readonly correlation?: string };

/** `tidemark command CATEGORY ID NAME [JSON]`: runs a command of the domain. */
export function addCommand(program: Command, open: OpenSession): void {
  program
    .command("command")
    .description("run a command of the domain; `tidemark catalog` lists them")
    .argument("<category>", "as `order`")
    .argument("<id>", "as `42`")
    .argument("<name>", "the command, as `PlaceOrder`")
    .argument("[input]", "its input as JSON, or `-` to read it from the input", "{}")
    .option("--key <key>", "idempotency key: the same command with the same key is run once")
    .option("--correlation <id>", "correlation id")
    .action(async (category: string, id: string, name: string, input: string, { key, correlation }: Options) => {
      const { api, out, stdin } = open();
      const answer = await api.ask({
        method: "POST",
        path: storePath("commands", category, id, name),
        body: await readInput(input, stdin),
        headers: { "idempotency-key": key, "correlation-id": correlation },
      });
      if (out.asJson) return out.raw(answer.text);
      const accepted = answer.json() as {
        stream: string;
        version: number;
        replayed?: boolean;
        correlationId?: string;
        events: readonly { type: string }[];
      };
      const types = accepted.events.map(({ type }) => printable(type)).join(", ");
      const before = accepted.replayed ? " (stored before, under the same key)" : "";
      out.line(`${types || "Nothing new"}: ${printable(accepted.stream)} is at version ${accepted.version}${before}.`);
      if (accepted.correlationId) out.line(`See it with \`tidemark trace ${printable(accepted.correlationId)}\`.`);
    });
}
