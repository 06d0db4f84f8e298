import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { addEventFilter, type EventFilterOptions, payloadConditions } from "@/bin/cli/event-filter";
import { follow } from "@/bin/cli/follow";
import { count, wholeNumber } from "@/bin/cli/format";
import type { OpenSession, Session } from "@/bin/cli/session";
import { eventLine, printEvents, type WireEvent } from "@/bin/cli/wire-event";
import { parsePosition } from "@/lib/kernel/position";

type Options = EventFilterOptions & {
  readonly at?: string;
  readonly after?: string;
  readonly before?: string;
  readonly limit: number;
  readonly follow?: boolean;
};

/** `tidemark events`: a page of the log, or the log as it grows. */
export function addEvents(program: Command, open: OpenSession): void {
  addEventFilter(
    program
      .command("events")
      .description("read the log, newest first; with --after oldest first; with --follow as it grows"),
  )
    .option("--at <time>", "begin with the first event recorded at or after this ISO time, and go back from there")
    .option("--after <position>", "only events after this position", position("--after"))
    .option("--before <position>", "only events before this position", position("--before"))
    .option("--limit <n>", "events of a page, 1 to 500", wholeNumber("--limit", 1, 500), 20)
    .option("-f, --follow", "keep on printing events as they come; Ctrl-C ends it")
    .action((options: Options) => (options.follow ? printGrowth(open(), options) : printPage(open(), options)));
}

type Page = {
  readonly events: readonly WireEvent[];
  readonly next: string | null;
  readonly scan: { readonly covered: number; readonly of: number } | null;
};

/** Milliseconds that one call may search where no index answers: somebody waits, but nobody else is kept waiting. */
const SCAN_MS = 2_000;

async function printPage({ api, out }: Session, { follow: _, data, ...query }: Options): Promise<void> {
  const { after, before, at } = query;
  if ([after, before, at].filter((given) => given !== undefined).length > 1) {
    throw usage("Give one of --after, --before and --at.");
  }
  const filter = { ...query, ...payloadConditions(data), scanMs: SCAN_MS };
  const answer = await api.ask({ path: storePath("events"), query: filter });
  if (out.asJson) return out.raw(answer.text);
  const { events, next, scan } = answer.json() as Page;
  if (events.length > 0) printEvents(out, events);
  else out.line(next === null ? "No event matches." : "No event matches so far.");
  if (scan) out.note(`Searched ${count(scan.covered)} of about ${count(scan.of)} events.`);
  if (next !== null) out.note(`${scan ? "Go on" : "More"} with --${after === undefined ? "before" : "after"} ${next}`);
}

async function printGrowth({ api, out, signal }: Session, options: Options): Promise<void> {
  if (options.before !== undefined) throw usage("--follow goes on for ever; --before has no meaning with it.");
  if (options.data.length > 0 || options.from !== undefined || options.to !== undefined || options.at !== undefined) {
    throw usage("--follow takes --type, --stream, --category, --correlation, --actor, --tenant and --stream-part.");
  }
  const { type, stream, category, after } = options;
  const frames = follow(api, { query: { type, stream, category }, after, signal, onTrouble: out.note });
  for await (const frame of frames) {
    const event = JSON.parse(frame.data) as WireEvent;
    if (options.correlation !== undefined && event.correlationId !== options.correlation) continue;
    if (options.actor !== undefined && event.actor !== options.actor) continue;
    if (options.tenant !== undefined && event.tenant !== options.tenant) continue;
    if (options.streamPart !== undefined && !event.stream.includes(options.streamPart)) continue;
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
