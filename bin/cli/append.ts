import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { wholeNumber } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import { readInput } from "@/bin/cli/read-input";
import type { OpenSession } from "@/bin/cli/session";
import { jsonObject } from "@/lib/kernel/json";

type Options = {
  readonly expected: string;
  readonly key?: string;
  readonly schemaVersion: number;
  readonly occurredAt?: string;
  readonly correlation?: string;
  readonly causation?: string;
};

/** `tidemark append STREAM TYPE [DATA|-]`: one event, whose data keeps its bytes. */
export function addAppend(program: Command, open: OpenSession): void {
  program
    .command("append")
    .description("append one event to a stream")
    .argument("<stream>", "the stream, as `order-42`")
    .argument("<type>", "the event's type")
    .argument("[data]", "its data as JSON, or `-` to read it from the input", "{}")
    .option("--expected <version>", "a version, `none`, `exists` or `any`: refused when the stream differs", "any")
    .option("--key <key>", "idempotency key: the same append with the same key is stored once")
    .option("--schema-version <n>", "version of the event's schema", wholeNumber("--schema-version", 1, 1_000_000), 1)
    .option("--occurred-at <time>", "when it happened, ISO 8601 with a zone")
    .option("--correlation <id>", "correlation id")
    .option("--causation <id>", "id of the event or command that caused it")
    .action(async (stream: string, type: string, data: string, options: Options) => {
      const expectedVersion = expected(options.expected);
      const { api, out, stdin } = open();
      const event = jsonObject({
        type: JSON.stringify(type),
        schemaVersion: String(options.schemaVersion),
        data: await readInput(data, stdin),
        occurredAt: options.occurredAt === undefined ? undefined : JSON.stringify(options.occurredAt),
      });
      const answer = await api.ask({
        method: "POST",
        path: storePath("streams", stream, "events"),
        body: jsonObject({ expectedVersion, events: `[${event}]` }),
        headers: {
          "idempotency-key": options.key,
          "correlation-id": options.correlation,
          "causation-id": options.causation,
        },
      });
      if (out.asJson) return out.raw(answer.text);
      const { toVersion, lastPosition, replayed } = answer.json() as {
        toVersion: number;
        lastPosition: string;
        replayed: boolean;
      };
      const where = `${printable(stream)} is at version ${toVersion}, position ${printable(lastPosition)}`;
      out.line(replayed ? `Stored before, under the same key: ${where}.` : `Stored: ${where}.`);
    });
}

function expected(text: string): string {
  if (/^\d{1,15}$/.test(text)) return String(Number(text));
  if (text === "none" || text === "exists" || text === "any") return JSON.stringify(text);
  throw usage(`--expected is a version, \`none\`, \`exists\` or \`any\`, not ${text}.`);
}
