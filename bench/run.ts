import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Answer, answerText, goalTable } from "./answer";
import { askAppend } from "./questions/append";
import { askCatchUp } from "./questions/catch-up";
import { askImport } from "./questions/import";
import { askLag } from "./questions/lag";
import { askLoad } from "./questions/load";
import { askPages } from "./questions/pages";
import { openSetting, type Setting } from "./setting";

const QUESTIONS: Readonly<Record<string, (setting: Setting) => Promise<readonly Answer[]>>> = {
  append: askAppend,
  "catch-up": askCatchUp,
  import: askImport,
  lag: askLag,
  load: askLoad,
  pages: askPages,
};

/**
 * Asks the questions named on the command line, or all of them. `--quick` shrinks every size and writes no file;
 * otherwise the answers go to bench/RESULTS.md.
 */
async function run(args: readonly string[]): Promise<void> {
  const quick = args.includes("--quick");
  const named = args.filter((arg) => !arg.startsWith("--"));
  const unknown = named.find((name) => !(name in QUESTIONS));
  if (unknown !== undefined)
    throw new Error(`There is no question ${unknown}; there are ${Object.keys(QUESTIONS).join(", ")}.`);
  const answers: Answer[] = [];
  let serverVersion = "";
  for (const name of named.length > 0 ? named : Object.keys(QUESTIONS)) {
    // A server of its own a question: what one leaves behind (dirty pages, vacuum) must not slow the next.
    const setting = await openSetting(quick);
    serverVersion = setting.serverVersion;
    try {
      for (const answer of (await QUESTIONS[name]?.(setting)) ?? []) {
        answers.push(answer);
        console.log(`${answerText(answer)}\n`);
      }
    } finally {
      await setting.close();
    }
  }
  console.log(goalTable(answers.flatMap(({ goals }) => goals)));
  if (!quick && named.length === 0) {
    fs.writeFileSync(path.join(process.cwd(), "bench/RESULTS.md"), results(answers, serverVersion));
  }
}

function results(answers: readonly Answer[], serverVersion: string): string {
  const cpu = os.cpus()[0]?.model.trim() ?? "unknown processor";
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return [
    "# Results",
    "",
    `Measured ${new Date().toISOString().slice(0, 10)} by \`npm run bench\` on ${os.cpus().length} × ${cpu}, ${memory} GiB, ${os.type()} ${os.arch()};`,
    `PostgreSQL ${serverVersion} with fsync and synchronous_commit on, Node ${process.version}. Client, store and server share the machine.`,
    "Compare ratios within a table; absolute figures drift from machine to machine and from hour to hour.",
    "",
    "## Goals",
    "",
    goalTable(answers.flatMap(({ goals }) => goals)),
    "",
    "## Figures",
    "",
    answers
      .map((answer) =>
        answerText({ ...answer, goals: [] })
          .replace(/\n\| goal[\s\S]*$/, "")
          .trimEnd(),
      )
      .join("\n\n"),
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
