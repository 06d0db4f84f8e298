import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { clock } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import { readSubject } from "@/bin/cli/read-subject";
import type { OpenSession, Session } from "@/bin/cli/session";

type Options = { readonly tenant?: string; readonly reason?: string; readonly ticket?: string };

type Found = {
  readonly subject: string;
  readonly keys: readonly { readonly epoch: number; readonly state: string; readonly destroyedAt: string | null }[];
  readonly hold: { readonly setAt: string; readonly setBy: string; readonly reason: string } | null;
  readonly requests: readonly { readonly id: string; readonly state: string; readonly dueAt: string }[];
};

/** `tidemark subjects`: what is known of a person, legal holds, and taking somebody up again. Who it is, is stored nowhere. */
export function addSubjects(program: Command, open: OpenSession): void {
  const subjects = program
    .command("subjects")
    .description("persons: legal holds that stand, or find, hold, release or readmit one")
    .action(() => holds(open()));
  const person = (name: string, description: string) =>
    subjects
      .command(name)
      .description(description)
      .argument("<subject>", "the person's id as it stands in events; `-` reads it from the input")
      .option("--tenant <tenant>", "the tenant whose person it is")
      .option("--reason <text>", "why, for the audit")
      .option("--ticket <id>", "the ticket it belongs to, for the audit");
  person("find", "what is known of a person: keys, legal hold, requests").action((subject: string, options: Options) =>
    find(open(), subject, options),
  );
  person("hold", "set a legal hold: nothing of theirs is erased until it is released").action(
    (subject: string, options: Options) => act(open(), "hold", subject, options, "A legal hold stands."),
  );
  person("release", "release the legal hold").action((subject: string, options: Options) =>
    act(open(), "release", subject, options, "The legal hold is released."),
  );
  person("readmit", "begin the next key of somebody who was forgotten and comes back").action(
    (subject: string, options: Options) =>
      act(open(), "readmit", subject, options, "Things are sealed for them again; what was forgotten stays so."),
  );
}

async function holds({ api, out }: Session): Promise<void> {
  const answer = await api.ask({ path: storePath("holds") });
  if (out.asJson) return out.raw(answer.text);
  const { holds: standing } = answer.json() as { holds: readonly (NonNullable<Found["hold"]> & { subject: string })[] };
  if (standing.length === 0) return out.line("No legal hold stands.");
  out.table(
    ["PERSON (DIGEST)", "SINCE (UTC)", "BY", "WHY"],
    standing.map(({ subject, setAt, setBy, reason }) => [subject, clock(setAt), printable(setBy), printable(reason)]),
  );
}

async function find(session: Session, given: string, options: Options): Promise<void> {
  const { out } = session;
  const answer = await post(session, "find", given, options);
  if (out.asJson) return out.raw(answer.text);
  const { subject, keys, hold, requests } = answer.json() as Found;
  out.line(`Person   ${subject} (digest)`);
  if (keys.length === 0) out.line("Keys     none: nothing was ever sealed for them");
  for (const { epoch, state, destroyedAt } of keys) {
    out.line(`Key      epoch ${epoch}, ${state}${destroyedAt === null ? "" : ` ${clock(destroyedAt)}`}`);
  }
  if (hold !== null) out.line(`Hold     since ${clock(hold.setAt)} by ${printable(`${hold.setBy}: ${hold.reason}`)}`);
  for (const { id, state, dueAt } of requests) out.line(`Request  ${id}, ${state}, due ${clock(dueAt)}`);
}

async function act(session: Session, what: string, given: string, options: Options, done: string): Promise<void> {
  const answer = await post(session, what, given, options);
  if (session.out.asJson) return session.out.raw(answer.text);
  session.out.line(done);
}

async function post({ api, stdin }: Session, what: string, given: string, options: Options) {
  const body = JSON.stringify({ ...options, subject: await readSubject(given, stdin) });
  return api.ask({ method: "POST", path: storePath("subjects", what), body });
}
