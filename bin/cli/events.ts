import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { follow } from "@/bin/cli/follow";
import { wholeNumber } from "@/bin/cli/format";
import type { OpenSession, Session } from "@/bin/cli/session";
import { eventLine, printEvents, type WireEvent } from "@/bin/cli/wire-event";
import { parsePosition } from "@/lib/kernel/position";

type Options = {
  readonly type?: string;
  readonly stream?: string;
  readonly category?: string;
  readonly correlation?: string;
  readonly actor?: string;
  readonly after?: string;
  readonly before?: string;
  readonly limit: number;
  readonly follow?: boolean;
};

/** `tidemark events`: a page of the log, or the log as it grows. */
export function addEvents(program: Command, open: OpenSession): void {
  program
    .command("events")
    .description("read the log, newest first; with --after oldest first; with --follow as it grows")
    .option("--type <name>", "events of one type")
    .option("--stream <name>", "events of one stream")
    .option("--category <name>", "events of one category, as `order`")
    .option("--correlation <id>", "events of one correlation")
    .option("--actor <name>", "events of one actor")
    .option("--after <position>", "only events after this position", position("--after"))
    .option("--before <position>", "only events before this position", position("--before"))
    .option("--limit <n>", "events of a page, 1 to 500", wholeNumber("--limit", 1, 500), 20)
    .option("-f, --follow", "keep on printing events as they come; Ctrl-C ends it")
    .action((options: Options) => (options.follow ? printGrowth(open(), options) : printPage(open(), options)));
}

async function printPage({ api, out }: Session, { follow: _, ...query }: Options): Promise<void> {
  if (query.after !== undefined && query.before !== undefined) throw usage("Give --after or --before, not both.");
  const answer = await api.ask({ path: storePath("events"), query });
  if (out.asJson) return out.raw(answer.text);
  const { events, next } = answer.json() as { events: readonly WireEvent[]; next: string | null };
  if (events.length > 0) printEvents(out, events);
  else out.line(next === null ? "No event matches." : "No event matches so far.");
  if (next !== null) out.note(`More with --${query.after === undefined ? "before" : "after"} ${next}`);
}

async function printGrowth({ api, out, signal }: Session, options: Options): Promise<void> {
  if (options.before !== undefined) throw usage("--follow goes on for ever; --before has no meaning with it.");
  const { type, stream, category, after } = options;
  const frames = follow(api, { query: { type, stream, category }, after, signal, onTrouble: out.note });
  for await (const frame of frames) {
    const event = JSON.parse(frame.data) as WireEvent;
    if (options.correlation !== undefined && event.correlationId !== options.correlation) continue;
    if (options.actor !== undefined && event.actor !== options.actor) continue;
    // Line breaks stand only between the tokens of a payload, so one event can be one line.
    out.line(out.asJson ? frame.data.replace(/[\r\n]+/g, " ") : eventLine(event));
  }
}

function position(name: string): (text: string) => string {
  return (text) => {
    if (parsePosition(text) !== undefined) return text;
    throw usage(`${name} is a position: a whole number, not ${text}.`);
  };
}
