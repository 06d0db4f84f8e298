import type { Readable } from "node:stream";
import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { readCheckpoint } from "@/bin/cli/checkpoint-file";
import { usage } from "@/bin/cli/cli-error";
import { exitCode } from "@/bin/cli/exit-code";
import { count } from "@/bin/cli/format";
import type { Output } from "@/bin/cli/output";
import { printable } from "@/bin/cli/printable";
import { followRun, type Run, rate } from "@/bin/cli/runs";
import type { OpenSession } from "@/bin/cli/session";
import { type ExportVerdict, verifyExport } from "@/bin/cli/verify-export";

type Options = {
  readonly follow?: boolean;
  readonly derived?: boolean;
  readonly reason?: string;
  readonly ticket?: string;
  readonly perSecond?: string;
  readonly checkpoint?: readonly string[];
  readonly export?: string;
  readonly key?: readonly string[];
};

/** What a command needs that asks no instance. */
export type Offline = {
  readonly stdin: Readable;
  readonly out: () => Output;
  readonly end: (code: number) => void;
};

/** `tidemark verify`: begins a run that looks at all of history; with `--export` it looks at a file by itself. */
export function addVerify(program: Command, open: OpenSession, offline: Offline): void {
  program
    .command("verify")
    .description(
      "begin a run that verifies every stream, and every event against the Merkle log and its checkpoints; or, with --export, verify a file without any server",
    )
    .option("--checkpoint <files...>", "checkpoint notes that you kept, to verify against")
    .option(
      "--export <file>",
      "a file of `tidemark export --audit` of the whole log; needs --checkpoint and --key, and no instance",
    )
    .option(
      "--key <keys...>",
      "the public keys of the log, as `tidemark integrity` shows them; trust those that you kept",
    )
    .option("--derived", "hold what is derived from the log against it instead: checkpoints, snapshots, read models")
    .option("--follow", "stay with the run until it ends; the exit code tells how it did")
    .option("--reason <text>", "why, for the audit")
    .option("--ticket <id>", "the ticket it belongs to, for the audit")
    .option("--per-second <n>", "look at no more events a second")
    .action((options: Options) => (options.export === undefined ? begin(open, options) : verifyFile(offline, options)));
}

async function begin(open: OpenSession, options: Options): Promise<void> {
  const { follow: stay, derived = false, reason, ticket, perSecond, checkpoint = [], key } = options;
  if (derived && checkpoint.length > 0)
    throw usage("Checkpoints speak of the log, not of what is derived: give one of the two.");
  const held = await Promise.all(checkpoint.map((file) => readCheckpoint(file, key)));
  const session = open();
  const body = {
    ...{ reason, ticket },
    ...(derived ? {} : { notes: held.map(({ note }) => note) }),
    ...(perSecond === undefined ? {} : { perSecond: rate(perSecond) }),
  };
  const answer = await session.api.ask({
    method: "POST",
    path: storePath("verify", ...(derived ? ["derived"] : [])),
    body: JSON.stringify(body),
  });
  const { run } = answer.json() as { run: Run };
  if (!stay) {
    if (session.out.asJson) return session.out.raw(answer.text);
    return session.out.line(`Run ${run.id} begins. Watch it with \`tidemark runs ${run.id} --follow\`.`);
  }
  if (!(await followRun(session, run.id))) return;
  const { problems } = (await session.api.ask({ path: storePath("runs", run.id) })).json() as Run;
  if (problems > 0) session.end(exitCode.data);
}

async function verifyFile({ out: openOutput, stdin, end }: Offline, options: Options): Promise<void> {
  const { export: file = "", checkpoint = [], key } = options;
  if (checkpoint.length === 0 || key === undefined) {
    throw usage(
      "A file is verified against checkpoints that you kept, by the key that you kept: give --checkpoint and --key.",
    );
  }
  const held = await Promise.all(checkpoint.map((each) => readCheckpoint(each, key)));
  const verdict = await verifyExport(file, stdin, held);
  const holds = verdict.differs === null && verdict.agrees.length > 0 && verdict.beyond.length === 0;
  if (!holds) end(exitCode.data);
  const out = openOutput();
  if (out.asJson) return out.raw(JSON.stringify({ file, holds, ...verdict }));
  for (const text of words(verdict)) out.line(printable(text));
}

function words({ events, agrees, differs, beyond, masked, audit }: ExportVerdict): readonly string[] {
  const lines = [`${count(events)} events in the file.`];
  for (const size of agrees)
    lines.push(`The checkpoint of ${count(size)} leaves agrees: these events are the ones it was signed over.`);
  if (differs !== null) {
    const between = `leaves ${count(differs.after)} to ${count(differs.size - 1)}, after position ${differs.fromPosition} and up to ${differs.toPosition}`;
    lines.push(
      `The checkpoint of ${count(differs.size)} leaves does NOT agree: an event was changed, removed or inserted among ${between}.`,
    );
    if (masked > 0) {
      lines.push(
        `${count(masked)} events have masked fields and cannot give the leaf they had: export with --reveal to verify.`,
      );
    }
  }
  if (audit === 0 && (differs !== null || beyond.length > 0)) {
    lines.push(
      "The file holds nothing of Tidemark's own audit, so it is not the whole log: export with --audit to verify.",
    );
  }
  for (const size of beyond) {
    lines.push(
      `The checkpoint of ${count(size)} leaves speaks of more events than the file has: it is not the whole log, or was cut off.`,
    );
  }
  if (events > (agrees.at(-1) ?? 0) && differs === null) {
    lines.push(`No checkpoint speaks of the last ${count(events - (agrees.at(-1) ?? 0))} events of the file.`);
  }
  return lines;
}
