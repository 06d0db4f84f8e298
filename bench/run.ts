import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Answer, answerText, goalTable, linesText } from "./answer";
import { askAppend } from "./questions/append";
import { askBrowser } from "./questions/browser";
import { askCatchUp } from "./questions/catch-up";
import { askImport } from "./questions/import";
import { askIntegrity } from "./questions/integrity";
import { askLag } from "./questions/lag";
import { askLoad } from "./questions/load";
import { askMemory } from "./questions/memory";
import { askPages } from "./questions/pages";
import { askRebuild } from "./questions/rebuild";
import { askSealing } from "./questions/sealing";
import { askShred } from "./questions/shred";
import { askTravel } from "./questions/travel";
import { openSetting, type Setting } from "./setting";

const QUESTIONS: Readonly<Record<string, (setting: Setting) => Promise<readonly Answer[]>>> = {
  pages: askPages,
  browser: askBrowser,
  append: askAppend,
  "catch-up": askCatchUp,
  rebuild: askRebuild,
  import: askImport,
  lag: askLag,
  load: askLoad,
  memory: askMemory,
  travel: askTravel,
  sealing: askSealing,
  integrity: askIntegrity,
  shred: askShred,
};

/** What bench/results.json keeps of each question: its answers, and what they were measured on. */
type Kept = Readonly<Record<string, { readonly on: string; readonly answers: readonly Answer[] }>>;

const folder = path.join(process.cwd(), "bench");

/**
 * Asks the questions named on the command line, or all of them. `--quick` shrinks every size and writes no file; `--events`
 * says how long the log behind the pages is (a million; ten million need 12 GB and some minutes), `--minutes` how long the
 * browser tails; otherwise the answers replace those of the same question in bench/results.json, and bench/RESULTS.md is made of that.
 */
async function run(args: readonly string[]): Promise<void> {
  const quick = args.includes("--quick");
  const events = wholeOf(args, "--events", 1_000);
  const minutes = wholeOf(args, "--minutes", 1);
  const named = args.filter((arg, index) => !arg.startsWith("--") && !SIZES.has(args[index - 1] ?? ""));
  const unknown = named.find((name) => !(name in QUESTIONS));
  if (unknown !== undefined) {
    throw new Error(`There is no question ${unknown}; there are ${Object.keys(QUESTIONS).join(", ")}.`);
  }
  for (const name of named.length > 0 ? named : Object.keys(QUESTIONS)) {
    // A server of its own a question: what one leaves behind (dirty pages, vacuum) must not slow the next.
    const setting = await openSetting({ quick, events, minutes });
    try {
      const answers = (await QUESTIONS[name]?.(setting)) ?? [];
      for (const answer of answers) console.log(`${answerText(answer)}\n`);
      if (!quick) keep(name, answers, machine(setting.serverVersion));
    } finally {
      await setting.close();
    }
  }
}

/** Options that are followed by a number. */
const SIZES = new Set(["--events", "--minutes"]);

/** The number that follows an option; undefined where it is not given. */
function wholeOf(args: readonly string[], option: string, least: number): number | undefined {
  const at = args.indexOf(option);
  if (at === -1) return undefined;
  const number = Number(args[at + 1]);
  if (!(Number.isInteger(number) && number >= least)) throw new Error(`${option} is a whole number from ${least} up.`);
  return number;
}

function keep(question: string, answers: readonly Answer[], on: string): void {
  const file = path.join(folder, "results.json");
  const before: Kept = fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")) : {};
  const all: Kept = { ...before, [question]: { on, answers } };
  const kept = Object.fromEntries(Object.keys(QUESTIONS).flatMap((name) => (all[name] ? [[name, all[name]]] : [])));
  fs.writeFileSync(file, `${JSON.stringify(kept, null, 2)}\n`);
  fs.writeFileSync(path.join(folder, "RESULTS.md"), results(kept));
}

function machine(serverVersion: string): string {
  const cpus = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  const hardware = `${cpus.length} × ${cpus[0]?.model.trim() ?? "unknown processor"}, ${memory} GiB, ${os.type()} ${os.arch()}`;
  return `${new Date().toISOString().slice(0, 10)}, ${hardware}, PostgreSQL ${serverVersion}, Node ${process.version}`;
}

function results(kept: Kept): string {
  const sections = Object.values(kept).flatMap(({ on, answers }) =>
    answers.map((answer) => `${linesText(answer)}\n\nMeasured ${on}.`),
  );
  return [
    "# Results",
    "",
    "Written by `npm run bench`. Client, store and server share the machine; fsync and synchronous_commit are on for everybody;",
    "contenders take turns within each round, and a figure is the median over the rounds. Compare within a table: absolute",
    "figures drift from machine to machine and from hour to hour.",
    "",
    "## Goals",
    "",
    goalTable(Object.values(kept).flatMap(({ answers }) => answers.flatMap(({ goals }) => goals))),
    "",
    "## Figures",
    "",
    sections.join("\n\n"),
    "",
  ].join("\n");
}

run(process.argv.slice(2)).then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
