import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { keepCertificate, verifyCertificate } from "@/bin/cli/certificate";
import { usage } from "@/bin/cli/cli-error";
import { addCoolingOff } from "@/bin/cli/cooling-off";
import { exitCode } from "@/bin/cli/exit-code";
import { clock, count } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import { readSubject } from "@/bin/cli/read-subject";
import { followRun } from "@/bin/cli/runs";
import type { OpenSession, Session } from "@/bin/cli/session";
import type { Offline } from "@/bin/cli/verify";

type Preview = {
  readonly upTo: string;
  readonly events: number;
  readonly fields: number;
  readonly types: Readonly<Record<string, number>>;
  readonly streams: { readonly count: number; readonly more: boolean };
  readonly readModels: readonly { readonly name: string; readonly rows: number | null; readonly fate: string }[];
  readonly personExports: readonly string[];
  readonly parked: Readonly<Record<string, number>>;
};

type Request = {
  readonly id: string;
  readonly subject: string;
  readonly state: string;
  readonly requestedBy: string;
  readonly requestedAt: string;
  readonly dueAt: string;
  readonly overdue: boolean;
  readonly reason: string;
  readonly legalBasis: string | null;
  readonly ticket: string | null;
  readonly preview: Preview | null;
  readonly previewHash: string | null;
  readonly approvedBy: string | null;
  readonly coolingMinutes: number;
  readonly beginsAt: string | null;
  readonly cooling: boolean;
  readonly run: string | null;
  readonly destroyedAt: string | null;
  readonly closedReason: string | null;
};

type Listing = {
  readonly ended?: boolean;
  readonly state?: string;
  readonly cursor?: string;
  readonly limit?: string;
};

/** Why it is done, for the audit. */
type Said = { readonly reason?: string; readonly ticket?: string; readonly confirm?: string };

/** `tidemark shreds`: requests to forget a person, their approval, and certificates that are checked here, without any server. */
export function addShreds(program: Command, open: OpenSession, offline: Offline): void {
  const shreds = program
    .command("shreds")
    .description("requests to forget a person: open ones, or one with what it would touch")
    .argument("[id]", "the request")
    .option("--ended", "those that have ended")
    .option("--state <state>", "open, overdue, ended, completed, refused or void")
    .option("--cursor <cursor>", "go on after this page")
    .option("--limit <n>", "rows of a page")
    .action((id: string | undefined, options: Listing) =>
      id === undefined ? list(open(), options) : show(open(), id),
    );
  said(shreds.command("request").description("ask that a person be forgotten; a run finds what that would touch"))
    .argument("<subject>", "the person's id as it stands in events; `-` reads it from the input")
    .option("--tenant <tenant>", "the tenant whose person it is")
    .option("--due-days <n>", "days until it is due; 30 when absent")
    .option("--key-backup-days <n>", "for how many days backups of the key database are kept; 7 when absent")
    .option("--legal-basis <text>", "the law by which it is asked for, as the certificate says it")
    .option(
      "--cooling-minutes <n>",
      "for how long after its approval it can be withdrawn, 1440 at most; as the store asks for when absent",
    )
    .option("--follow", "stay until what it would touch is known")
    .action((subject: string, options: Said & Asked) => request(open(), subject, options));
  said(shreds.command("approve").description("approve what a request would erase, for good"))
    .argument("<id>", "the request")
    .requiredOption("--preview <hash>", "the hash of the preview that you saw (`tidemark shreds <id>`)")
    .option("--subject <id>", "the person's id, to be compared with whom it is about; `-` reads it from the input")
    .option("--follow", "stay with the run until it ends; the exit code tells how it did")
    .action((id: string, options: Approval) => approve(open(), id, options));
  said(
    shreds
      .command("refuse")
      .description("refuse a request, or withdraw one that was approved while nothing is destroyed"),
  )
    .argument("<id>", "the request")
    .action((id: string, options: Said) => act(open(), id, "refuse", options, "Nothing is erased."));
  said(shreds.command("who").description("whom an open request is about; audited"))
    .argument("<id>", "the request")
    .action((id: string, options: Said) => who(open(), id, options));
  addCoolingOff(shreds, open);
  shreds
    .command("certificate")
    .description("the signed certificate of a completed request")
    .argument("<id>", "the request")
    .option("--out <file>", "where to; printed when absent")
    .action((id: string, options: { out?: string }) => keepCertificate(open(), id, options.out));
  shreds
    .command("verify")
    .description("check a certificate that you hold, without any server; ends with 65 when it does not hold")
    .argument("<file>", "the certificate")
    .requiredOption("--key <keys...>", "the public keys of the log, as you kept them")
    .action((file: string, { key }: { key: readonly string[] }) => verifyCertificate(offline, file, key));
}

type Asked = {
  readonly tenant?: string;
  readonly dueDays?: string;
  readonly keyBackupDays?: string;
  readonly legalBasis?: string;
  readonly coolingMinutes?: string;
  readonly follow?: boolean;
};

function said(command: Command): Command {
  return command
    .option("--reason <text>", "why, for the audit")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .option("--confirm <text>", "what is typed to confirm it, where the store asks for that");
}

async function list({ api, out }: Session, { ended, state = ended ? "ended" : "open", cursor, limit }: Listing) {
  const query = { state, cursor, limit };
  const answer = await api.ask({ path: storePath("shreds"), query });
  if (out.asJson) return out.raw(answer.text);
  const { requests, next } = answer.json() as { requests: readonly Request[]; next: string | null };
  if (requests.length === 0)
    return out.line(state === "open" ? "No request is open." : `No request is there (${state}).`);
  out.table(
    ["REQUEST", "STATE", "DUE (UTC)", "EVENTS", "BY", "WHY"],
    requests.map(({ id, state, dueAt, overdue, preview, requestedBy, reason, ticket }) => [
      ...[
        id,
        state,
        `${clock(dueAt).slice(0, 10)}${overdue ? " OVERDUE" : ""}`,
        preview === null ? "?" : count(preview.events),
        printable(requestedBy),
      ],
      printable([ticket, reason].filter(Boolean).join(" ")),
    ]),
    [3],
  );
  if (next !== null) out.note(`More: --cursor ${next}`);
}

async function show({ api, out }: Session, id: string): Promise<void> {
  const answer = await api.ask({ path: storePath("shreds", id) });
  if (out.asJson) return out.raw(answer.text);
  const found = answer.json() as Request;
  out.line(`Request   ${found.id}, ${found.state}${found.run === null ? "" : `, run ${found.run}`}`);
  out.line(`Person    ${found.subject} (digest)`);
  out.line(`Asked     ${clock(found.requestedAt)} by ${printable(`${found.requestedBy}: ${found.reason}`)}`);
  if (found.legalBasis !== null) out.line(`Basis     ${printable(found.legalBasis)}`);
  out.line(`Due       ${clock(found.dueAt)}`);
  if (found.approvedBy !== null) out.line(`Approved  by ${printable(found.approvedBy)}`);
  if (found.beginsAt === null && found.coolingMinutes > 0)
    out.line(`Waits     ${found.coolingMinutes} minutes after its approval`);
  if (found.cooling) out.line(`Begins    ${clock(found.beginsAt ?? "")}; until then \`shreds refuse\` withdraws it`);
  else if (found.state === "approved") out.line("Begun     `shreds refuse` withdraws it while nothing is destroyed");
  if (found.destroyedAt !== null) out.line(`Destroyed ${clock(found.destroyedAt)}`);
  if (found.closedReason !== null) out.line(`Because   ${printable(found.closedReason)}`);
  if (found.preview === null) return out.line("Touches   is still looked for");
  const { events, fields, streams, types, readModels, personExports, parked, upTo } = found.preview;
  const more = streams.more ? " or more" : "";
  out.line(
    `Touches   ${count(events)} events (${count(fields)} values) in ${count(streams.count)}${more} streams, up to #${upTo}`,
  );
  for (const [type, number] of Object.entries(types)) out.line(`          ${count(number)} ${printable(type)}`);
  for (const { name, rows, fate } of readModels) {
    out.line(
      `          read model ${printable(name)}: ${rows === null ? "?" : count(rows)} rows, ${FATES[fate] ?? fate}`,
    );
  }
  for (const file of personExports) out.line(`          exported file ${printable(file)}: removed`);
  for (const [consumer, number] of Object.entries(parked)) {
    out.line(
      `          ${count(number)} of these events parked in ${printable(consumer)}: they stay so, and are tried again as forgotten`,
    );
  }
  out.line(`Preview   ${found.previewHash}`);
}

const FATES: Readonly<Record<string, string>> = {
  rebuild: "made anew",
  none: "left as it is",
  blocked: "CANNOT be made anew: every append writes it",
};

async function request(session: Session, given: string, options: Said & Asked): Promise<void> {
  const { api, out, stdin } = session;
  const body = {
    ...{
      subject: await readSubject(given, stdin),
      tenant: options.tenant,
      reason: options.reason,
      ticket: options.ticket,
    },
    ...{ dueDays: whole(options.dueDays, "days"), keyBackupDays: whole(options.keyBackupDays, "days") },
    ...{ legalBasis: options.legalBasis, coolingMinutes: whole(options.coolingMinutes, "minutes") },
  };
  const answer = await api.ask({ method: "POST", path: storePath("shreds"), body: JSON.stringify(body) });
  const { request: made } = answer.json() as { request: Request };
  if (options.follow && made.run !== null) {
    const quiet = out.asJson ? { ...session, out: { ...out, raw: () => undefined } } : session;
    if (await followRun(quiet, made.run)) await show(session, made.id);
    return;
  }
  if (out.asJson) return out.raw(answer.text);
  out.line(`Request ${made.id}. See what it would touch with \`tidemark shreds ${made.id}\`.`);
}

type Approval = Said & { readonly preview: string; readonly subject?: string; readonly follow?: boolean };

async function approve(session: Session, id: string, { follow, subject, ...rest }: Approval) {
  const { api, out, stdin } = session;
  const body = { ...rest, ...(subject === undefined ? {} : { subject: await readSubject(subject, stdin) }) };
  const answer = await api.ask({
    method: "POST",
    path: storePath("shreds", id, "approve"),
    body: JSON.stringify(body),
  });
  const { request: approved } = answer.json() as { request: Request };
  if (!follow || approved.run === null) {
    if (out.asJson) return out.raw(answer.text);
    if (approved.run === null)
      return out.line(
        `Approved. It begins ${clock(approved.beginsAt ?? "")}; until then \`tidemark shreds refuse ${id}\` withdraws it.`,
      );
    return out.line(`Approved. Watch it with \`tidemark runs ${approved.run} --follow\`.`);
  }
  if (!(await followRun(session, approved.run))) return;
  const after = (await api.ask({ path: storePath("shreds", id) })).json() as Request;
  if (after.state === "completed") {
    if (!out.asJson) out.line(`Forgotten. Keep the proof: \`tidemark shreds certificate ${id} --out FILE\`.`);
    return;
  }
  session.end(exitCode.data);
  if (!out.asJson) out.line(`The request is ${after.state}: ${printable(after.closedReason ?? "see its run")}.`);
}

async function act({ api, out }: Session, id: string, what: string, body: Said, done: string): Promise<void> {
  const answer = await api.ask({ method: "POST", path: storePath("shreds", id, what), body: JSON.stringify(body) });
  if (out.asJson) return out.raw(answer.text);
  out.line(done);
}

async function who({ api, out }: Session, id: string, body: Said): Promise<void> {
  const answer = await api.ask({ method: "POST", path: storePath("shreds", id, "reveal"), body: JSON.stringify(body) });
  if (out.asJson) return out.raw(answer.text);
  const { subject, tenant } = answer.json() as { subject: string; tenant: string | null };
  out.line(printable(tenant === null ? subject : `${subject} of tenant ${tenant}`));
}

function whole(text: string | undefined, what: "days" | "minutes"): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,4}$/.test(text)) return Number(text);
  throw usage(`${text} is no number of ${what}.`);
}
