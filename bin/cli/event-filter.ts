import type { Command } from "commander";
import { usage } from "@/bin/cli/cli-error";

/** What narrows the log on the command line, as commander gives it. */
export type EventFilterOptions = {
  readonly type?: string;
  readonly stream?: string;
  readonly category?: string;
  readonly streamPart?: string;
  readonly correlation?: string;
  readonly actor?: string;
  readonly tenant?: string;
  readonly from?: string;
  readonly to?: string;
  readonly data: readonly string[];
};

/** Adds the options that narrow the log, the same wherever it is listed. */
export function addEventFilter(command: Command): Command {
  return command
    .option("--type <name>", "events of one type")
    .option("--stream <name>", "events of one stream")
    .option("--category <name>", "events of one category, as `order`")
    .option("--stream-part <text>", "events of streams whose name holds this")
    .option("--correlation <id>", "events of one correlation")
    .option("--actor <name>", "events of one actor")
    .option("--tenant <name>", "events of one tenant")
    .option("--data <path=value>", "events whose payload has this value; may be given several times", collected, [])
    .option("--from <time>", "recorded at or after this ISO time")
    .option("--to <time>", "recorded before this ISO time");
}

/** `--data total=120` as the API's `data.total=120`. Throws a usage error. */
export function payloadConditions(terms: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    terms.map((term) => {
      const [, path, value] = /^([^=]+)=(.*)$/s.exec(term) ?? [];
      if (path === undefined || value === undefined) throw usage(`--data is written path=value, not ${term}.`);
      return [`data.${path}`, value];
    }),
  );
}

function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
