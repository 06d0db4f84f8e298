import path from "node:path";
import type { Command } from "commander";
import { usage } from "@/bin/cli/cli-error";
import { parseColumnMap } from "@/bin/cli/column-map";
import { readCsv } from "@/bin/cli/csv-lines";
import { exitCode } from "@/bin/cli/exit-code";
import { count, duration } from "@/bin/cli/format";
import { createProgress } from "@/bin/cli/import-progress";
import { openSource, type Source } from "@/bin/cli/open-source";
import { printable } from "@/bin/cli/printable";
import { readLines } from "@/bin/cli/read-lines";
import { type NumberedLine, OtherBeginning, sendLines, type Tally } from "@/bin/cli/send-lines";
import type { OpenSession, Session } from "@/bin/cli/session";

type Options = {
  readonly map?: string;
  readonly source: string;
  readonly category?: string;
  readonly tenant?: string;
  readonly strict?: boolean;
  readonly reason?: string;
  readonly ticket?: string;
};

/** `tidemark import FILE`: CloudEvents 1.0 JSON Lines, or CSV with a column mapping. */
export function addImport(program: Command, open: OpenSession): void {
  program
    .command("import")
    .description("import a log: CloudEvents 1.0 JSON Lines, or CSV with --map; packed with gzip or not")
    .argument("<file>", "the file, or `-` for the input")
    .option("--map <columns>", "for CSV: stream=case_id,type=activity,time=timestamp,id=…,data.amount=amount")
    .option("--source <text>", "for CSV: names the log that the ids belong to", "csv")
    .option("--category <name>", "for CSV: put before each stream's name, as in <name>-17")
    .option("--tenant <name>", "the tenant of events that name none")
    .option("--strict", "stop at the first line that is refused")
    .option("--reason <text>", "why, for its run")
    .option("--ticket <id>", "the ticket it belongs to, for its run")
    .addHelpText("after", "\nIt can be stopped and run again: it goes on where it was, and nothing is stored twice.")
    .action(async (file: string, options: Options) => {
      if (options.map === undefined && /\.csv(\.gz)?$/i.test(file)) {
        throw usage(`${file} is CSV: say which column is what.`, "--map stream=case_id,type=activity,time=timestamp");
      }
      const map = options.map === undefined ? undefined : parseColumnMap(options.map, options.source, options.category);
      const session = open();
      const importOnce = async (fresh: boolean) => {
        const source = await openSource(file, session.stdin);
        const lines = map ? numberedRows(source, map) : numberedLines(source);
        await importFrom(session, source, file, { ...options, fresh, unit: map ? "rows" : "lines" }, lines);
      };
      // What was sent before can be passed over only where it can be read, and seen to be the same.
      await importOnce(file === "-").catch((error: unknown) => {
        if (!(error instanceof OtherBeginning)) throw error;
        session.out.note(
          `${file} begins otherwise than when its import was begun: it is sent again from its first line.`,
        );
        return importOnce(true);
      });
    });
}

async function importFrom(
  session: Session,
  source: Source,
  file: string,
  { strict = false, tenant, reason, ticket, fresh, unit }: Options & { fresh: boolean; unit: "lines" | "rows" },
  lines: AsyncIterable<readonly NumberedLine[]>,
): Promise<void> {
  const { api, out, signal } = session;
  const tally: Tally = {
    ...{ run: null, appended: 0, duplicates: 0, refused: [], refusedCount: 0 },
    ...{ firstPosition: null, lastPosition: null, line: 0, read: 0, settled: 0, skipped: 0 },
  };
  const name = file === "-" ? "the input" : path.basename(file);
  const progress = createProgress(out, source, tally);
  const timer = setInterval(progress.show, 200);
  const started = performance.now();
  const say = (text: string) => (out.asJson ? undefined : progress.say(text));
  try {
    await sendLines(api, lines, tally, {
      ...{ strict, signal, about: { name: printable(name).slice(0, 200), unit, tenant, reason, ticket, fresh } },
      total: () => linesOf(source, tally),
      onProgress: progress.show,
      onRefused: ({ line, reason: why, message }) => {
        if (tally.refusedCount <= REFUSED_SHOWN) say(`line ${line} refused, ${printable(why)}: ${printable(message)}`);
      },
      onGoingOn: (run) => say(`Goes on with run ${run.id}, after ${count(run.begun.lines)} ${unit}.`),
      paused: (run) =>
        say(
          `Run ${run} is paused. Waiting until somebody resumes it: in the console, or \`tidemark runs ${run} resume\`.`,
        ),
    });
  } catch (error) {
    progress.end();
    if (error instanceof OtherBeginning) throw error;
    // What was stored stays; whoever reads only the error must know that.
    if (!out.asJson && tally.line > 0)
      out.note(`Lines up to ${count(tally.line)} are settled. Run the same again to go on.`);
    throw error;
  } finally {
    clearInterval(timer);
    source.stream.destroy();
  }
  progress.end();
  summarise(session, tally, performance.now() - started, name, strict);
}

/** Lines of the whole file, as those that were read share its bytes. */
function linesOf({ size, bytesRead }: Source, { read }: Tally): number | undefined {
  const bytes = bytesRead();
  return size === undefined || bytes === 0 ? undefined : Math.round((read * size) / bytes);
}

const REFUSED_SHOWN = 20;

function summarise({ out, signal, end }: Session, tally: Tally, ms: number, name: string, strict: boolean): void {
  const stopped = signal.aborted;
  if (tally.refusedCount > 0) end(exitCode.data);
  if (stopped) end(exitCode.interrupted);
  if (out.asJson) {
    const { line, read: _, settled: __, skipped: ___, ...result } = tally;
    out.raw(JSON.stringify({ ...result, lastLine: line, stopped, ms: Math.round(ms) }));
    return;
  }
  if (tally.refusedCount > REFUSED_SHOWN)
    out.note(`… and ${count(tally.refusedCount - REFUSED_SHOWN)} more refused lines; --json lists them.`);
  const rate = tally.appended > 0 ? ` (${count(tally.appended / (ms / 1_000))} a second)` : "";
  out.line(`${several(tally.appended, "event")} imported from ${printable(name)} in ${duration(ms)}${rate}.`);
  if (tally.duplicates > 0) out.line(`${count(tally.duplicates)} were there before.`);
  if (tally.refusedCount > 0)
    out.line(`${several(tally.refusedCount, "line")} refused. Correct what is named above and run the same again.`);
  if (tally.run !== null) out.line(`Its run is ${tally.run}: \`tidemark runs ${tally.run}\`.`);
  if (tally.lastPosition !== null)
    out.line(`See them with \`tidemark events --before ${BigInt(tally.lastPosition) + 1n}\`.`);
  if (stopped) out.line(`Stopped after line ${count(tally.line)}. Run the same again to go on.`);
  else if (strict && tally.refusedCount > 0) out.line(`Stopped at line ${count(tally.line)}, as --strict says.`);
}

function several(amount: number, noun: string): string {
  return `${count(amount)} ${noun}${amount === 1 ? "" : "s"}`;
}

async function* numberedLines(source: Source): AsyncGenerator<readonly NumberedLine[]> {
  let number = 0;
  for await (const lines of readLines(source.stream)) {
    yield lines.map((line) => {
      number += 1;
      return { ...line, number };
    });
  }
}

async function* numberedRows(
  source: Source,
  map: ReturnType<typeof parseColumnMap>,
): AsyncGenerator<readonly NumberedLine[]> {
  for await (const rows of readCsv(source.stream, map)) yield rows.map((row) => ({ ...row, tooLong: false }));
}
