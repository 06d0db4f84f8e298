import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { count, wholeNumber } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession } from "@/bin/cli/session";

type Options = { readonly at?: number; readonly reason?: string; readonly ticket?: string };
type Partition = {
  readonly partition: number;
  readonly sliceFrom: number;
  readonly sliceTo: number;
  readonly checkpoint: string;
  readonly owner: string | null;
};

/** `tidemark partitions NAME`: the partitions of a projection; or cut one in two, or make two one. */
export function addPartitions(program: Command, open: OpenSession): void {
  program
    .command("partitions")
    .description("the partitions of a projection; `split` one while it works, or `merge` it with its upper neighbour")
    .argument("<name>", "a projection")
    .argument("[act]", "`split` or `merge`")
    .argument("[partition]", "the number of a partition")
    .option("--at <slice>", "with `split`: the first slice of the upper half", wholeNumber("--at", 1, 1_023))
    .option("--reason <text>", "why, for the audit")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .action(async (name: string, act: string | undefined, partition: string | undefined, options: Options) => {
      if (act !== undefined && act !== "split" && act !== "merge") {
        throw usage(`A partition can be told to \`split\` or to \`merge\`, not to ${act}.`);
      }
      if (act !== undefined && !/^\d{1,6}$/.test(partition ?? "")) throw usage(`Say which partition to ${act}.`);
      if (options.at !== undefined && act !== "split") throw usage("--at belongs to `split`.");
      const { api, out } = open();
      const answer = await (act === undefined
        ? api.ask({ path: storePath("projections", name) })
        : api.ask({
            method: "POST",
            path: storePath("projections", name, "partitions", partition ?? "", act),
            body: JSON.stringify(options),
          }));
      if (out.asJson) return out.raw(answer.text);
      const { partitions } = answer.json() as { partitions: readonly Partition[] };
      out.table(
        ["PARTITION", "SLICES", "CHECKPOINT", "WORKER"],
        partitions.map((one) => [
          ...[one.partition, `${one.sliceFrom} to ${one.sliceTo - 1}`, count(one.checkpoint), one.owner ?? "nobody"],
        ]),
        [0, 2],
      );
      if (answer.status === 202)
        out.note(`Not seen to be so yet. Look with \`tidemark partitions ${printable(name)}\`.`);
    });
}
