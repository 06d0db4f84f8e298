import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { wholeNumber } from "@/bin/cli/format";
import { printable, printableJson } from "@/bin/cli/printable";
import { readInput } from "@/bin/cli/read-input";
import type { OpenSession } from "@/bin/cli/session";
import { printChanges, type WireChange } from "@/bin/cli/time-travel";

type Options = { readonly version?: number; readonly at?: string; readonly events?: boolean };

type Answer = {
  readonly version: number;
  readonly outcome: "accepted" | "rejected";
  readonly rejection: { readonly code: string; readonly message: string } | null;
  readonly events: readonly { readonly type: string; readonly version: number; readonly data: unknown }[];
  readonly changes: readonly WireChange[];
};

/** `tidemark what-if STREAM COMMAND [INPUT]`: a command, or events, tried on a state; nothing is stored. */
export function addWhatIf(program: Command, open: OpenSession): void {
  program
    .command("what-if")
    .description("try a command on a stream's state, now or as it was; nothing is stored")
    .argument("<stream>", "the stream, as `order-42`")
    .argument("[command]", "the command, as `ShipOrder`; not with --events")
    .argument("[input]", "its input as JSON, or the events as a JSON list; `-` reads the input", "{}")
    .option("--events", "the last argument is a list of {type, schemaVersion?, data} to append in thought")
    .option("--version <n>", "on the state at this version", wholeNumber("--version", 0, Number.MAX_SAFE_INTEGER))
    .option("--at <time>", "on the state at this time (ISO 8601)")
    .action(async (stream: string, name: string | undefined, input: string, { version, at, events }: Options) => {
      const { api, out, stdin } = open();
      if (!events && name === undefined) throw usage("Name the command, or give --events.");
      // With --events there is no command before the list.
      const text = events && name !== undefined ? name : input;
      const body = String(await readInput(text, stdin));
      const point = JSON.stringify({ version, at }).slice(1, -1);
      const what = events ? `"events":${body}` : `"command":${JSON.stringify(name)},"input":${body}`;
      const answer = await api.ask({
        method: "POST",
        path: storePath("streams", stream, "what-if"),
        body: `{${[point, what].filter(Boolean).join(",")}}`,
      });
      if (out.asJson) return out.raw(answer.text);
      const found = answer.json() as Answer;
      const on = `${printable(stream)} at version ${found.version}`;
      if (found.rejection) {
        return out.line(
          `On ${on} it would be refused: ${printable(found.rejection.message)} (${found.rejection.code})`,
        );
      }
      out.line(`On ${on} it would lead to ${found.events.length === 0 ? "nothing new" : ""}`.trimEnd());
      for (const event of found.events) {
        out.line(`  ${event.version} ${printable(event.type)} ${printableJson(JSON.stringify(event.data))}`);
      }
      printChanges(out, found.changes);
      out.note("Nothing was stored.");
    });
}
