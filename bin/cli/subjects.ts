import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { usage } from "@/bin/cli/cli-error";
import { exitCode } from "@/bin/cli/exit-code";
import { fetchWhenMade } from "@/bin/cli/export";
import { clock, count } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import { readPersonal, readSubject } from "@/bin/cli/read-subject";
import { followRun, type Run, rate } from "@/bin/cli/runs";
import type { OpenSession, Session } from "@/bin/cli/session";

type Options = {
  readonly tenant?: string;
  readonly digest?: string;
  readonly reason?: string;
  readonly ticket?: string;
};

type Listed = {
  readonly subject: string;
  readonly tenant: string | null;
  readonly state: string;
  readonly epoch: number;
  readonly since: string;
  readonly heldSince: string | null;
  readonly request: { readonly id: string; readonly overdue: boolean } | null;
};

type Appearance = {
  readonly position: string;
  readonly id: string;
  readonly type: string;
  readonly stream: string;
  readonly version: number;
  readonly values: number;
  readonly recordedAt: string;
};

type Counted = {
  readonly streams: readonly {
    readonly stream: string;
    readonly events: number;
    readonly values: number;
    readonly last: string;
  }[];
  readonly lookedTo: string;
  readonly next: string | null;
};

type LookedUp = {
  readonly hashes: readonly { readonly epoch: number; readonly hash: string }[];
  readonly events: readonly (Omit<Appearance, "values"> & { readonly paths: readonly string[] })[];
  readonly lookedTo: string;
  readonly next: string | null;
};

type ScanOptions = Pick<Options, "reason" | "ticket"> & { readonly follow?: boolean; readonly perSecond?: string };

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
    .description("persons: legal holds that stand, all by digest, or find, show, hold, release or readmit one")
    .action(() => holds(open()));
  const person = (name: string, description: string) =>
    subjects
      .command(name)
      .description(description)
      .argument("<subject>", "the person's id as it stands in events; `-` reads it from the input")
      .option("--tenant <tenant>", "the tenant whose person it is")
      .option("--reason <text>", "why, for the audit")
      .option("--ticket <id>", "the ticket it belongs to, for the audit");
  const personOrDigest = (name: string, description: string) =>
    subjects
      .command(name)
      .description(description)
      .argument("[subject]", "the person's id as it stands in events; `-` reads it from the input")
      .option("--digest <digest>", "the digest that stands for the person, in place of the id")
      .option("--tenant <tenant>", "the tenant whose person it is")
      .option("--reason <text>", "why, for the audit")
      .option("--ticket <id>", "the ticket it belongs to, for the audit");
  subjects
    .command("list")
    .description("persons that something was sealed for, by digest, the newest first")
    .option("--cursor <cursor>", "go on after this page")
    .option("--limit <n>", "rows of a page")
    .action((options: { cursor?: string; limit?: string }) => list(open(), options));
  subjects
    .command("show")
    .description("a person by digest: keys, legal hold, requests, and the events in which something is sealed for them")
    .argument("<digest>", "the digest that stands for the person")
    .option("--before <position>", "look at the log before this position")
    .option("--limit <n>", "events at most")
    .action((digest: string, options: { before?: string; limit?: string }) => show(open(), digest, options));
  subjects
    .command("streams")
    .description("in which streams something is sealed for a person, and in how many events")
    .argument("<digest>", "the digest that stands for the person")
    .option("--before <position>", "look at the log before this position")
    .action((digest: string, options: { before?: string }) => streams(open(), digest, options));
  subjects
    .command("scan")
    .description(
      "begin a run that looks for personal data in plain text; its log has types, paths and counts, never values",
    )
    .option("--follow", "stay with the run until it ends; the exit code tells whether anything was found")
    .option("--per-second <n>", "look at no more events a second")
    .option("--reason <text>", "why, for the audit")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .action((options: ScanOptions) => scan(open(), options));
  personOrDigest("export", "what is held about a person, opened for them alone, in a file to hand over")
    .option("--out <file>", "where to; the name of the export in this folder when absent")
    .option("--no-wait", "only begin it; `tidemark exports <run>` fetches the file later")
    .action((subject: string | undefined, options: Options & { wait: boolean; out?: string }) =>
      exportPerson(open(), subject, options),
    );
  personOrDigest(
    "lookup",
    "in which of a person's events a value stands; it is read from the input, behind the id if that is `-`",
  )
    .option("--before <position>", "look at the log before this position")
    .action((subject: string | undefined, options: Options & { before?: string }) => lookUp(open(), subject, options));
  personOrDigest("find", "what is known of a person: keys, legal hold, requests").action(
    (subject: string | undefined, options: Options) => find(open(), subject, options),
  );
  personOrDigest("hold", "set a legal hold: nothing of theirs is erased until it is released").action(
    (subject: string | undefined, options: Options) => act(open(), "hold", subject, options, "A legal hold stands."),
  );
  personOrDigest("release", "release the legal hold").action((subject: string | undefined, options: Options) =>
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

async function list({ api, out }: Session, query: { cursor?: string; limit?: string }): Promise<void> {
  const answer = await api.ask({ path: storePath("subjects"), query });
  if (out.asJson) return out.raw(answer.text);
  const { subjects, next } = answer.json() as { subjects: readonly Listed[]; next: string | null };
  if (subjects.length === 0) return out.line("Nothing was sealed for anybody.");
  out.table(
    ["PERSON (DIGEST)", "STATE", "FIRST SEALED (UTC)", "TENANT", "HOLD", "REQUEST"],
    subjects.map(({ subject, state, epoch, since, tenant, heldSince, request }) => [
      ...[subject, state === "live" ? `live, epoch ${epoch}` : "forgotten", clock(since), printable(tenant ?? "")],
      ...[heldSince === null ? "" : "held", request === null ? "" : request.overdue ? "overdue" : "open"],
    ]),
  );
  if (next !== null) out.note(`More: --cursor ${next}`);
}

async function show({ api, out }: Session, digest: string, query: { before?: string; limit?: string }): Promise<void> {
  const person = await api.ask({ path: storePath("subjects", digest) });
  const answer = await api.ask({ path: storePath("subjects", digest, "events"), query });
  const found = answer.json() as { events: readonly Appearance[]; lookedTo: string; next: string | null };
  if (out.asJson) return out.raw(JSON.stringify({ ...(person.json() as object), ...found }));
  tellOf(out, person.json() as Found);
  out.table(
    ["POSITION", "EVENT", "STREAM", "VALUES", "RECORDED (UTC)", "ID"],
    found.events.map(({ position, type, stream, version, values, recordedAt, id }) => [
      ...[position, printable(type), `${printable(stream)} v${version}`, String(values), clock(recordedAt), id],
    ]),
    [0, 3],
  );
  if (found.next !== null) out.note(`Looked down to position ${found.lookedTo}. More: --before ${found.next}`);
}

async function streams({ api, out }: Session, digest: string, query: { before?: string }): Promise<void> {
  const answer = await api.ask({ path: storePath("subjects", digest, "streams"), query });
  if (out.asJson) return out.raw(answer.text);
  const found = answer.json() as Counted;
  out.table(
    ["STREAM", "EVENTS", "VALUES", "LATEST"],
    found.streams.map(({ stream, events, values, last }) => [
      ...[printable(stream), count(events), count(values), `#${last}`],
    ]),
    [1, 2],
  );
  if (found.next !== null) out.note(`Counted down to position ${found.lookedTo}. More: --before ${found.next}`);
}

/** Ends with 65 when something was found, as a verification does. */
async function scan(session: Session, { follow: stay, perSecond, ...attribution }: ScanOptions): Promise<void> {
  const body = JSON.stringify({ ...attribution, ...(perSecond === undefined ? {} : { perSecond: rate(perSecond) }) });
  const answer = await session.api.ask({ method: "POST", path: storePath("subjects", "scan"), body });
  const { run } = answer.json() as { run: Run };
  if (!stay) {
    if (session.out.asJson) return session.out.raw(answer.text);
    return session.out.line(`Run ${run.id} begins. Watch it with \`tidemark runs ${run.id} --follow\`.`);
  }
  if (!(await followRun(session, run.id))) return;
  const { problems } = (await session.api.ask({ path: storePath("runs", run.id) })).json() as Run;
  if (problems > 0) session.end(exitCode.data);
}

async function exportPerson(
  session: Session,
  given: string | undefined,
  options: Options & { readonly wait: boolean; readonly out?: string },
): Promise<void> {
  const { wait: _, out: __, ...asked } = options;
  await fetchWhenMade(session, await post(session, "export", given, asked), options);
}

async function find(session: Session, given: string | undefined, options: Options): Promise<void> {
  const { out } = session;
  const answer = await post(session, "find", given, options);
  if (out.asJson) return out.raw(answer.text);
  tellOf(out, answer.json() as Found);
}

async function lookUp(session: Session, given: string | undefined, options: Options): Promise<void> {
  if (given === undefined && options.digest === undefined) throw usage("Say who: an id, or --digest.");
  const { api, out, stdin } = session;
  const lines = await readPersonal(stdin, given === "-" ? ["the person's id", "the value"] : ["the value"]);
  const subject = given === "-" ? lines[0] : given;
  const body = JSON.stringify({ ...options, subject, value: lines.at(-1) });
  const answer = await api.ask({ method: "POST", path: storePath("subjects", "lookup"), body });
  if (out.asJson) return out.raw(answer.text);
  const { hashes, events, lookedTo, next } = answer.json() as LookedUp;
  for (const { epoch, hash } of hashes) out.line(`Hash  ${hash}, epoch ${epoch}`);
  if (hashes.length === 0) out.line("Hash  none: no key of theirs is live");
  if (events.length === 0) out.line("It stands in none of their events that were looked at.");
  else {
    out.table(
      ["POSITION", "EVENT", "STREAM", "AT", "RECORDED (UTC)", "ID"],
      events.map(({ position, type, stream, version, paths, recordedAt, id }) => [
        ...[position, printable(type), `${printable(stream)} v${version}`, printable(paths.join(", "))],
        ...[clock(recordedAt), id],
      ]),
      [0],
    );
  }
  if (next !== null) out.note(`Looked down to position ${lookedTo}. More: --before ${next}`);
}

function tellOf(out: Session["out"], { subject, keys, hold, requests }: Found): void {
  out.line(`Person   ${subject} (digest)`);
  if (keys.length === 0) out.line("Keys     none: nothing was ever sealed for them");
  for (const { epoch, state, destroyedAt } of keys) {
    out.line(`Key      epoch ${epoch}, ${state}${destroyedAt === null ? "" : ` ${clock(destroyedAt)}`}`);
  }
  if (hold !== null) out.line(`Hold     since ${clock(hold.setAt)} by ${printable(`${hold.setBy}: ${hold.reason}`)}`);
  for (const { id, state, dueAt } of requests) out.line(`Request  ${id}, ${state}, due ${clock(dueAt)}`);
}

async function act(
  session: Session,
  what: string,
  given: string | undefined,
  options: Options,
  done: string,
): Promise<void> {
  const answer = await post(session, what, given, options);
  if (session.out.asJson) return session.out.raw(answer.text);
  session.out.line(done);
}

async function post({ api, stdin }: Session, what: string, given: string | undefined, options: Options) {
  if (given === undefined && options.digest === undefined) throw usage("Say who: an id, or --digest.");
  const subject = given === undefined ? undefined : await readSubject(given, stdin);
  const body = JSON.stringify({ ...options, subject });
  return api.ask({ method: "POST", path: storePath("subjects", what), body });
}
