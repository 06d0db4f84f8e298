import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { clock, count } from "@/bin/cli/format";
import { type CareOptions, careActs, careFor, careWords, previewSkip } from "@/bin/cli/letter-care";
import { printable } from "@/bin/cli/printable";
import type { OpenSession, Session } from "@/bin/cli/session";

type Counted = { readonly count: number; readonly more: boolean };
type Failure = {
  readonly name: string;
  readonly message: string;
  readonly topFrame: string | null;
  readonly path: string | null;
};
type Letter = {
  readonly id: string;
  readonly group: string;
  readonly consumer: string;
  readonly stream: string;
  readonly version: number;
  readonly position: string;
  readonly type: string;
  readonly state: string;
  readonly blocked: Counted;
  readonly attempts: number;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly build: string;
  readonly wanted: string | null;
  readonly error: Failure & { readonly stack: string | null };
};
type Group = {
  readonly group: string;
  readonly consumer: string;
  readonly type: string;
  readonly error: Failure;
  readonly count: number;
  readonly streams: number;
  readonly blocked: Counted;
  readonly lastAt: string;
  readonly assignee: string | null;
  readonly snoozed: { readonly until: string; readonly by: string } | null;
};
type Tried = {
  readonly build: string;
  readonly passing: number;
  readonly failing: number;
  readonly more: boolean;
  readonly letters: readonly {
    readonly id: string;
    readonly stream: string;
    readonly passes: boolean;
    readonly stopsAt: { readonly position: string | null; readonly failure: Failure } | null;
  }[];
};
type Ordered = {
  readonly ordered: number;
  readonly retried: number;
  readonly skipped: number;
  readonly failed: number;
  readonly waiting: number;
};

type Options = CareOptions & {
  readonly consumer?: string;
  readonly assignee?: string;
  readonly flat?: boolean;
  readonly passing?: boolean;
  readonly confirm?: string;
  readonly preview?: boolean;
  readonly approved?: string;
};

const ACTS: readonly string[] = ["dry-run", "retry", "skip", ...careActs];

/** `tidemark dead-letters`: by cause, one by one, one of them, or an act on one or on a group. */
export function addDeadLetters(program: Command, open: OpenSession): void {
  program
    .command("dead-letters")
    .description("events that could not be applied, by cause; or one letter or group; or an act on it")
    .argument("[which]", "a letter, as DL-31, or a group of them")
    .argument("[act]", ACTS.map((act) => `\`${act}\``).join(", "))
    .option("--consumer <name>", "only those of one projection")
    .option("--assignee <name>", "only causes that are assigned to this person")
    .option("--flat", "one by one, oldest first")
    .option("--passing", "with `retry`: only those that pass a dry run with today's code")
    .option("--reason <text>", "why; `skip` needs it")
    .option("--ticket <id>", "the incident or change it belongs to")
    .option("--confirm <name>", "with `skip`: the stream of the event, or the name of the group")
    .option("--preview", "with `skip`: only say what would happen")
    .option("--approved <hash>", "with `skip`: do exactly what this preview said, or nothing")
    .option("--to <name>", "with `assign`: whose the group is; empty: nobody's")
    .option("--until <time>", "with `snooze`: an ISO 8601 time, or `next-deploy`")
    .option("--out <file>", "with `fixture`: where to write it, `-` for the output")
    .action(async (which: string | undefined, act: string | undefined, options: Options) => {
      if (act !== undefined && !ACTS.includes(act)) {
        throw usage(`What can be done with dead letters is ${ACTS.join(", ")}, not ${act}.`);
      }
      if (act === "skip" && !options.preview && (!options.reason || !options.confirm)) {
        throw usage(
          "To skip for good, say --reason and --confirm with the stream of the event or the name of the group.",
        );
      }
      const session = open();
      if (which === undefined) await list(session, options);
      else if (act === undefined)
        await (isGroup(which) ? list(session, { ...options, flat: true }, which) : show(session, which));
      else await tell(session, which, act, options);
    });
}

function isGroup(which: string): boolean {
  return /^[0-9a-f]{12}$/.test(which);
}

async function list({ api, out }: Session, options: Options, group?: string): Promise<void> {
  const { consumer, assignee, flat } = options;
  const query = { by: flat ? "letter" : "cause", consumer, assignee, group, limit: 100 };
  const answer = await api.ask({ path: storePath("dead-letters"), query });
  if (out.asJson) return out.raw(answer.text);
  const { letters, groups, next } = answer.json() as { letters?: Letter[]; groups?: Group[]; next: string | null };
  if ((letters ?? groups ?? []).length === 0) return out.line("Nothing is parked.");
  if (letters) {
    out.table(
      ["LETTER", "STATE", "PROJECTION", "POSITION", "TYPE", "STREAM", "TRIES", "BLOCKED", "WHY"],
      letters.map((letter) => [
        ...[
          `DL-${letter.id}`,
          letter.wanted ? `${letter.state}, ${letter.wanted} ordered` : letter.state,
          letter.consumer,
        ],
        ...[count(letter.position), letter.type, letter.stream, letter.attempts, counted(letter.blocked)],
        why(letter.error).slice(0, 80),
      ]),
      [3, 6, 7],
    );
  } else {
    out.table(
      ["GROUP", "PROJECTION", "TYPE", "OPEN", "STREAMS", "BLOCKED", "LAST (UTC)", "CARE", "WHY"],
      (groups ?? []).map((found) => [
        ...[found.group, found.consumer, found.type, found.count, found.streams, counted(found.blocked)],
        ...[clock(found.lastAt), found.assignee || found.snoozed ? careWords(found) : ""],
        why(found.error).slice(0, 80),
      ]),
      [3, 4, 5],
    );
  }
  if (next) out.note("There are more.");
}

async function show({ api, out }: Session, id: string): Promise<void> {
  const answer = await api.ask({ path: storePath("dead-letters", id) });
  if (out.asJson) return out.raw(answer.text);
  const letter = answer.json() as Letter;
  out.line(out.colours.bold(`DL-${letter.id} ${printable(letter.state)}`));
  out.line(
    `Event     ${printable(letter.type)} at ${count(letter.position)}, ${printable(letter.stream)} version ${letter.version}`,
  );
  out.line(`Projection ${printable(letter.consumer)}`);
  out.line(`Why       ${printable(why(letter.error))}`);
  if (letter.error.path) out.line(`Payload   ${printable(letter.error.path)}`);
  out.line(
    `Tries     ${letter.attempts}, first ${clock(letter.firstAt)}, last ${clock(letter.lastAt)} UTC, build ${printable(letter.build)}`,
  );
  out.line(`Blocked   ${counted(letter.blocked)} events of its stream`);
  out.line(`Group     ${letter.group}`);
  for (const line of letter.error.stack?.split("\n") ?? []) out.line(`  ${printable(line)}`);
}

async function tell(session: Session, which: string, act: string, options: Options): Promise<void> {
  if (careActs.some((care) => care === act)) return careFor(session, which, act, options);
  const { api, out, end } = session;
  const path = isGroup(which) ? storePath("dead-letters", "groups", which, act) : storePath("dead-letters", which, act);
  if (act === "skip" && options.preview) return previewSkip(session, path);
  const { reason, ticket, confirm, approved } = options;
  const said = { reason, ticket, ...(act === "skip" ? { confirm, approved } : {}) };
  const chosen = options.passing ? { only: "passing" } : {};
  const body = JSON.stringify(act === "dry-run" ? {} : { ...said, ...chosen });
  const answer = await api.ask({ method: "POST", path, body });
  if (out.asJson) return out.raw(answer.text);
  if (act === "dry-run") return tried(out, answer.json() as Tried);
  const { ordered, retried, skipped, failed, waiting } = answer.json() as Ordered;
  out.line(
    `${ordered} ordered: ${retried} retried, ${skipped} skipped, ${failed} failed again, ${waiting} still waiting.`,
  );
  if (waiting > 0)
    out.note(
      "They are carried out by the worker that holds the partition. Is one running, and is the projection not paused?",
    );
  if (failed > 0) end(1);
}

function tried(out: Session["out"], { build, passing, failing, more, letters }: Tried): void {
  out.line(`With build ${printable(build)}: ${passing} would pass, ${failing} would fail again. Nothing was changed.`);
  out.table(
    ["LETTER", "STREAM", "RESULT", "WHY"],
    letters.map(({ id, stream, passes, stopsAt }) => [
      ...[`DL-${id}`, stream, passes ? (stopsAt ? "passes, stops later" : "passes") : "fails"],
      stopsAt
        ? `${why(stopsAt.failure).slice(0, 80)}${passes ? ` at ${stopsAt.position ?? "a later event"}` : ""}`
        : "",
    ]),
  );
  if (more) out.note("Only the first 200 were tried.");
}

function why({ name, message, topFrame }: Failure): string {
  return `${name}: ${message}${topFrame ? ` at ${topFrame}` : ""}`;
}

function counted({ count: known, more }: Counted): string {
  return `${count(known)}${more ? "+" : ""}`;
}
