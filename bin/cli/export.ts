import { createHash } from "node:crypto";
import { createWriteStream, renameSync, rmSync } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { CliError, usage } from "@/bin/cli/cli-error";
import { addEventFilter, type EventFilterOptions, payloadConditions } from "@/bin/cli/event-filter";
import { exitCode } from "@/bin/cli/exit-code";
import { clock, count } from "@/bin/cli/format";
import { followRun } from "@/bin/cli/runs";
import type { OpenSession, Session } from "@/bin/cli/session";

/** Why it is done, for the audit. */
type Said = { readonly reason?: string; readonly ticket?: string };

type Options = EventFilterOptions &
  Said & {
    readonly out?: string;
    readonly format: string;
    readonly audit?: boolean;
    readonly reveal?: boolean;
    readonly wait: boolean;
  };

const FILTERS = ["type", "category", "stream", "streamPart", "correlation", "actor", "tenant", "from", "to"] as const;

type ExportRow = {
  readonly run: string;
  readonly file: string;
  readonly state: string;
  readonly masked: boolean;
  readonly ofPerson: boolean;
  readonly requestedBy: string;
  readonly events: number | null;
  readonly bytes: number | null;
  readonly sha256: string | null;
  readonly expiresAt: string | null;
  readonly removedAt: string | null;
};

/** `tidemark export` writes events into a file; `tidemark exports` lists the files that were made, and fetches one. */
export function addExport(program: Command, open: OpenSession): void {
  addEventFilter(
    program
      .command("export")
      .description("write the events of a filter, as of now, into a file: CloudEvents that `import` takes back, or CSV")
      .option("--out <file>", "where to; the name of the export in this folder when absent")
      .option("--format <form>", "`jsonl` or `csv`", "jsonl"),
  )
    .option("--audit", "with Tidemark's own audit, which `verify --export` needs and an import refuses")
    .option("--reveal", "personal fields as they are; needs the role privacy-officer and a reason")
    .option("--no-wait", "only begin it; `tidemark exports <run>` fetches the file later")
    .option("--reason <text>", "why, for the audit")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .action((options: Options) => begin(open(), options));
  program
    .command("exports")
    .description("the newest exports with size and SHA-256; or fetch the file of one")
    .argument("[run]", "the number of its run")
    .option("--out <file>", "where to; the name of the export in this folder when absent")
    .option("--reason <text>", "why it is taken, for the audit")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .action((run: string | undefined, { out, ...said }: Said & { out?: string }) =>
      run === undefined ? list(open()) : fetchFile(open(), run, out, said),
    );
}

async function begin(session: Session, options: Options): Promise<void> {
  const given = FILTERS.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]] as const]));
  const conditions = Object.entries(payloadConditions(options.data)).map(([path, value]) => [path.slice(5), value]);
  if (options.format !== "jsonl" && options.format !== "csv")
    throw usage(`--format is jsonl or csv, not ${options.format}.`);
  const body = {
    filter: {
      ...Object.fromEntries(given),
      ...(conditions.length > 0 ? { data: Object.fromEntries(conditions) } : {}),
    },
    ...{ format: options.format, audit: options.audit, reveal: options.reveal },
    ...{ reason: options.reason, ticket: options.ticket },
  };
  const answer = await session.api.ask({ method: "POST", path: storePath("exports"), body: JSON.stringify(body) });
  await fetchWhenMade(session, answer, options);
}

async function list({ api, out }: Session): Promise<void> {
  const answer = await api.ask({ path: storePath("exports") });
  if (out.asJson) return out.raw(answer.text);
  const { exports } = answer.json() as { exports: readonly ExportRow[] };
  if (exports.length === 0) return out.line("No exports.");
  out.table(
    ["RUN", "FILE", "STATE", "EVENTS", "BYTES", "PERSONAL", "KEPT UNTIL (UTC)", "BY", "SHA-256"],
    exports.map((row) => [
      ...[row.run, row.file, row.removedAt === null ? row.state : "removed"],
      ...[row.events === null ? "" : count(row.events), row.bytes === null ? "" : count(row.bytes)],
      ...[
        row.ofPerson ? "one person's" : row.masked ? "masked" : "revealed",
        row.expiresAt === null ? "" : clock(row.expiresAt).slice(0, 19),
      ],
      ...[row.requestedBy, row.sha256],
    ]),
    [0, 3, 4],
  );
}

/** Stays with the run of an export until it ends, and fetches its file; with `wait` false it only says how to. */
export async function fetchWhenMade(
  session: Session,
  answer: { readonly text: string; readonly json: () => unknown },
  { wait, out: to, ...said }: Said & { readonly wait: boolean; readonly out?: string },
): Promise<void> {
  const { out } = session;
  const { run } = answer.json() as { run: { id: string } };
  if (!wait) {
    if (out.asJson) return out.raw(answer.text);
    return out.line(`Run ${run.id} begins. Fetch its file with \`tidemark exports ${run.id}\` when it has succeeded.`);
  }
  const quiet = out.asJson ? { ...session, out: { ...out, raw: () => undefined } } : session;
  if (await followRun(quiet, run.id)) await fetchFile(session, run.id, to, said);
}

/** Fetches the file and lets it stand under its name only when it is the one that was made. */
async function fetchFile(
  { api, out, signal }: Session,
  run: string,
  to: string | undefined,
  { reason, ticket }: Said,
): Promise<void> {
  const row = (await api.ask({ path: storePath("exports", run) })).json() as ExportRow;
  const target = to ?? row.file;
  const partial = `${target}.part`;
  const response = await api.open({ path: storePath("exports", run, "file"), query: { reason, ticket }, signal });
  const hash = createHash("sha256");
  const hashed = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  try {
    if (response.body === null) throw new CliError(exitCode.unavailable, "The answer has no file.");
    await pipeline(Readable.fromWeb(response.body as never), hashed, createWriteStream(partial, { mode: 0o600 }), {
      signal,
    });
    if (hash.digest("hex") !== row.sha256) {
      throw new CliError(exitCode.unavailable, "The file did not come over whole.", "Fetch it again.");
    }
    renameSync(partial, target);
  } catch (error) {
    rmSync(partial, { force: true });
    throw error;
  }
  if (out.asJson) return out.raw(JSON.stringify({ ...row, path: target }));
  out.line(`${target}: ${count(row.events ?? 0)} events, ${count(row.bytes ?? 0)} bytes, sha256 ${row.sha256}`);
}
