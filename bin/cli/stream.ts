import type { Command } from "commander";
import { type Ask, storePath } from "@/bin/cli/api";
import { count, duration, wholeNumber } from "@/bin/cli/format";
import type { Output } from "@/bin/cli/output";
import { printable, printableJson } from "@/bin/cli/printable";
import type { OpenSession } from "@/bin/cli/session";
import { showBisection, showBlame, showDiff } from "@/bin/cli/time-travel";
import { printEvents, type WireEvent } from "@/bin/cli/wire-event";
import { jsonObject, membersOf } from "@/lib/kernel/json";

type Options = {
  readonly version?: number;
  readonly at?: string;
  readonly limit: number;
  readonly diff?: string;
  readonly blame?: boolean;
  readonly bisect?: string;
  readonly after?: number;
  readonly reveal?: boolean;
  readonly reason?: string;
  readonly ticket?: string;
};

type State = {
  readonly state: unknown;
  readonly version: number;
  readonly foldedEvents: number;
  readonly snapshotVersion?: number | null;
  readonly ms: number;
  readonly known?: boolean;
  readonly complete?: boolean;
  readonly passedOverCount?: number;
  readonly keysAnswered?: boolean;
};

/** `tidemark stream NAME`: its newest events and its state, now or then; what changed, who set it, when it began. */
export function addStream(program: Command, open: OpenSession): void {
  program
    .command("stream")
    .description(
      "one stream: its newest events and its state; what changed, which event set what, when a condition first held",
    )
    .argument("<name>", "the stream, as `order-42`")
    .option("--version <n>", "as it was at this version", wholeNumber("--version", 1, Number.MAX_SAFE_INTEGER))
    .option("--at <time>", "as it was at this time (ISO 8601)")
    .option("--diff <from..to>", "what changed between two versions or times; without `to` up to now")
    .option("--blame", "each value of the state with the event that last set it")
    .option("--bisect <condition>", 'the first version at which it holds, as `status == "paid"` or `changed(status)`')
    .option("--after <n>", "with --bisect: look above this version", wholeNumber("--after", 0, Number.MAX_SAFE_INTEGER))
    .option("--reveal", "the state with the personal data in it, for privacy officers, with --reason; audited")
    .option("--reason <text>", "with --reveal: why, for the audit")
    .option("--ticket <id>", "with --reveal: the ticket it belongs to, for the audit")
    .option("--limit <n>", "how many events, 1 to 500", wholeNumber("--limit", 1, 500), 20)
    .action(async (name: string, options: Options) => {
      const { version, limit, diff, blame, bisect, after } = options;
      const session = open();
      const { api, out } = session;
      if (diff !== undefined) return showDiff(session, name, diff);
      if (blame) return showBlame(session, name, version);
      if (bisect !== undefined) return showBisection(session, name, bisect, after);
      const [page, state] = await Promise.all([
        api.ask({
          path: storePath("streams", name, "events"),
          query: { from: version, limit, direction: "backwards" },
        }),
        api.ask(stateRequest(name, options)),
      ]);
      if (out.asJson) {
        const events = membersOf(page.text)?.get("events") ?? "[]";
        return out.raw(jsonObject({ stream: JSON.stringify(name), state: state.text, events }));
      }
      const { events, next } = page.json() as { events: readonly WireEvent[]; next: number | null };
      printEvents(out, events);
      if (next !== null) out.note(`Older ones with --version ${next}`);
      printState(out, name, state.json() as State);
    });
}

/** What is revealed is an act, with a reason; what is masked is only read. */
function stateRequest(name: string, { version, at, reveal, reason, ticket }: Options): Ask {
  if (!reveal) return { path: storePath("streams", name, "state"), query: { version, at } };
  const body = JSON.stringify({ version, at, reason, ticket });
  return { method: "POST", path: storePath("streams", name, "state", "reveal"), body };
}

function printState(out: Output, name: string, found: State): void {
  out.line();
  if (found.known === false) {
    out.line("No decider of this Tidemark folds this category, so there is no state.");
    return;
  }
  const snapshot = found.snapshotVersion ? `snapshot at ${count(found.snapshotVersion)} and ` : "";
  const folded = out.colours.dim(`  ${snapshot}${count(found.foldedEvents)} events folded in ${duration(found.ms)}`);
  out.line(out.colours.bold(`State of ${printable(name)} at version ${found.version}`) + folded);
  out.line(printableJson(JSON.stringify(found.state, null, 2) ?? "null"));
  if (found.complete === false) out.note("The stream is longer than one request folds: this is not its last state.");
  if (found.keysAnswered === false)
    out.note("The key store does not answer: how personal values stand cannot be told.");
  if (found.passedOverCount) {
    out.note(`${count(found.passedOverCount)} events were passed over: this code does not know them.`);
  }
}
