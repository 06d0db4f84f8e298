import type { Command } from "commander";
import { type Api, storePath } from "@/bin/cli/api";
import { CliError } from "@/bin/cli/cli-error";
import { exitCode } from "@/bin/cli/exit-code";
import { wholeNumber } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession, Session } from "@/bin/cli/session";
import { printChanges } from "@/bin/cli/time-travel";
import { printEvents, type WireEvent } from "@/bin/cli/wire-event";
import { jsonChanges } from "@/lib/kernel/json-changes";

type Options = { readonly at?: string; readonly events?: boolean; readonly limit: number; readonly before?: string };

type State = { readonly state: unknown; readonly version: number; readonly known?: boolean };

/** `tidemark compare ONE OTHER`: how the states of two streams differ, or what happened between them. */
export function addCompare(program: Command, open: OpenSession): void {
  program
    .command("compare")
    .description("how the states of two streams differ; or with --events what happened in up to six, in log order")
    .argument("<streams...>", "the streams, as `order-42 order-43`")
    .option("--at <time>", "their states at this time (ISO 8601)")
    .option("--events", "their events, newest first, instead of their states")
    .option("--before <position>", "with --events: the page before this position")
    .option("--limit <n>", "with --events: how many, 1 to 500", wholeNumber("--limit", 1, 500), 20)
    .action((streams: readonly string[], options: Options) => {
      const session = open();
      return options.events ? showEvents(session, streams, options) : showStates(session, streams, options.at);
    });
}

async function showStates({ api, out }: Session, streams: readonly string[], at: string | undefined): Promise<void> {
  const [one, other, ...more] = streams;
  if (one === undefined || other === undefined || more.length > 0) {
    throw new CliError(exitCode.usage, "States are compared two at a time.", "For more streams add --events.");
  }
  const [before, after] = await Promise.all([stateOf(api, one, at), stateOf(api, other, at)]);
  const changes = jsonChanges(before.state, after.state);
  if (out.asJson) {
    const sides = [
      { stream: one, version: before.version },
      { stream: other, version: after.version },
    ];
    return out.raw(JSON.stringify({ streams: sides, changes }));
  }
  const title = `${printable(one)} at version ${before.version} → ${printable(other)} at version ${after.version}`;
  out.line(out.colours.bold(title));
  printChanges(out, changes);
}

async function stateOf(api: Api, stream: string, at: string | undefined): Promise<State> {
  const state = (await api.ask({ path: storePath("streams", stream, "state"), query: { at } })).json() as State;
  if (state.known !== false) return state;
  const message = `No code of this Tidemark folds ${stream} into a state.`;
  throw new CliError(exitCode.data, message, "Compare its events with --events.", { code: "not-found", stream });
}

async function showEvents(
  { api, out }: Session,
  streams: readonly string[],
  { before, limit }: Options,
): Promise<void> {
  const answer = await api.ask({ path: storePath("compare"), query: { ids: streams.join(","), before, limit } });
  if (out.asJson) return out.raw(answer.text);
  const { events, missing, next } = answer.json() as {
    readonly events: readonly WireEvent[];
    readonly missing: readonly string[];
    readonly next: string | null;
  };
  printEvents(out, events);
  if (missing.length > 0) out.note(`There is no stream ${missing.map(printable).join(", ")}.`);
  if (next !== null) out.note(`More with --before ${next}`);
}
