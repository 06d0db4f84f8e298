import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { storePath } from "@/bin/cli/api";
import { CliError } from "@/bin/cli/cli-error";
import { exitCode } from "@/bin/cli/exit-code";
import { wholeNumber } from "@/bin/cli/format";
import { printable } from "@/bin/cli/printable";
import type { OpenSession, Session } from "@/bin/cli/session";

/** Where fixtures are kept: the test suite replays whatever is here. */
const FOLDER = "lib/domain/fixtures";

type Verdict =
  | { readonly verdict: "same"; readonly events: number }
  | {
      readonly verdict: "different";
      readonly more: boolean;
      readonly differences: readonly { readonly path: string; readonly expected: unknown; readonly actual: unknown }[];
    }
  | { readonly verdict: "failed"; readonly message: string };

/** `tidemark fixture`: keep a stream of the past, and have the code that runs replay what was kept. */
export function addFixture(program: Command, open: OpenSession): void {
  const fixture = program
    .command("fixture")
    .description("streams of the past that the code of any later day must read alike");
  fixture
    .command("capture")
    .description("write a stream as a fixture; personal data is replaced by stand-ins of the same shape")
    .argument("<stream>", "the stream, as `order-42`")
    .option("--to <n>", "the last version to take", wholeNumber("--to", 1, 1_000))
    .option("--out <file>", `where to write it, \`-\` for the output; ${FOLDER}/<stream>.json when absent`)
    .action((stream: string, options: { to?: number; out?: string }) => capture(open(), stream, options));
  fixture
    .command("verify")
    .description("replay fixtures with the code that runs; ends with 65 when one reads differently")
    .argument("[files...]", `fixtures; all of ${FOLDER} when absent`)
    .action((files: readonly string[]) => verify(open(), files));
}

async function capture(session: Session, stream: string, { to, out }: { to?: number; out?: string }): Promise<void> {
  return writeFixture(session, storePath("streams", stream, "fixture"), out, { to });
}

/** Asks for a fixture and writes it to a file, or to the output when that is `-`. */
export async function writeFixture(
  { api, out }: Session,
  from: string,
  to: string | undefined,
  query: { readonly to?: number | undefined } = {},
): Promise<void> {
  const answer = await api.ask({ path: from, query });
  const captured = answer.json() as { stream: string; events: readonly unknown[]; readModels: Record<string, unknown> };
  const text = `${JSON.stringify(captured, null, 2)}\n`;
  if (to === "-") return out.raw(text.trimEnd());
  const file = to ?? path.join(FOLDER, `${captured.stream.replace(/[^\w.-]/g, "_")}.json`);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  const models = Object.keys(captured.readModels).length;
  if (out.asJson) return out.raw(JSON.stringify({ file, events: captured.events.length, readModels: models }));
  out.line(`${file}: ${captured.events.length} events, the state and rows of ${models} read models.`);
  out.note("Read it before you commit it: fields that are not declared personal are in it as they are.");
}

async function verify({ api, out, end }: Session, given: readonly string[]): Promise<void> {
  const files = given.length > 0 ? given : await kept();
  const verdicts: (Verdict & { file: string })[] = [];
  for (const file of files) {
    const body = await readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
      throw new CliError(exitCode.noInput, `${file} cannot be read: ${error.code ?? error.message}.`);
    });
    const answer = await api.ask({ method: "POST", path: storePath("fixtures", "verify"), body });
    verdicts.push({ file, ...(answer.json() as Verdict) });
  }
  if (verdicts.some(({ verdict }) => verdict !== "same")) end(exitCode.data);
  if (out.asJson) return out.raw(JSON.stringify({ fixtures: verdicts }));
  for (const found of verdicts) {
    if (found.verdict === "same") out.line(`same       ${found.file}  ${found.events} events`);
    else if (found.verdict === "failed") out.line(`failed     ${found.file}  ${printable(found.message)}`);
    else {
      out.line(`different  ${found.file}`);
      for (const { path: at, expected, actual } of found.differences) {
        out.line(`  ${printable(at)}: ${printable(JSON.stringify(expected))} → ${printable(JSON.stringify(actual))}`);
      }
      if (found.more) out.line("  and more");
    }
  }
}

async function kept(): Promise<readonly string[]> {
  const names = await readdir(FOLDER).catch(() => []);
  const files = names.filter((name) => name.endsWith(".json")).map((name) => path.join(FOLDER, name));
  if (files.length > 0) return files.sort();
  throw new CliError(
    exitCode.noInput,
    `There are no fixtures in ${FOLDER}.`,
    "Name the files, or keep a stream with `tidemark fixture capture`.",
  );
}
