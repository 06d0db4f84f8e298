import fs from "node:fs";
import { reliabilityPage } from "@/lib/testing/proof/report";
import { type Goal, type ProofResult, runProof, SCENES, type Scene } from "@/lib/testing/proof/run";
import { sum } from "@/lib/testing/proof/tally";

const FULL: Goal = { kills: 1_000, events: 1_000_000, cuts: 1_500 };
const FIFTH: Goal = { kills: 200, events: 200_000, cuts: 300 };

/**
 * The command behind `npm run proof` and `npm run soak`: `--fifth` for a fifth of everything, `--seed n` to draw the same
 * again, `--only scene` for one scene, `--soak 90m` for fifths of ever new seeds until the time is over, `--report file`
 * for the counts of checks and what they found. A whole proof writes RELIABILITY.md, a fifth only with `--page`.
 */
async function main(args: readonly string[]): Promise<boolean> {
  const value = (name: string) => args[args.indexOf(name) + 1] ?? "";
  const has = (name: string) => args.includes(name);
  const seed = has("--seed") ? Number(value("--seed")) : Math.floor(Math.random() * 2 ** 31);
  const scenes = has("--only") ? SCENES.filter((scene) => scene === value("--only")) : SCENES;
  if (!Number.isSafeInteger(seed) || scenes.length === 0) {
    throw new Error(`--seed takes a whole number, --only one of ${SCENES.join(", ")}.`);
  }
  if (has("--soak")) return await soak(seed, milliseconds(value("--soak")));
  const fifth = has("--fifth");
  const result = await prove(fifth ? FIFTH : FULL, seed, scenes, fifth ? " --fifth" : "");
  if (has("--report")) {
    const { passed, failed, findings } = result;
    fs.writeFileSync(value("--report"), JSON.stringify({ passed, failed, findings }));
  }
  if ((!fifth || has("--page")) && scenes.length === SCENES.length) {
    fs.writeFileSync("RELIABILITY.md", reliabilityPage(result));
  }
  return result.failed === 0;
}

async function prove(goal: Goal, seed: number, scenes: readonly Scene[], size: string): Promise<ProofResult> {
  console.log(`proof: ${goal.kills} kills, ${goal.events} events, ${goal.cuts} cut commits, seed ${seed}`);
  const result = await runProof(goal, seed, scenes, (line) => console.log(line));
  const { tally, verdicts, findings, seconds, commit } = result;
  const events = verdicts.reduce((total, verdict) => total + verdict.events, 0);
  console.log(
    `proof: ${sum(tally.killed)} kills, ${tally.frozen} freezes, ${events} events, ${sum(tally.cuts)} cut commits in ${seconds} s; ` +
      `${findings.length} findings; seed ${seed}, commit ${commit}`,
  );
  for (const finding of findings) console.log(`  ✗ ${finding}`);
  if (findings.length > 0) {
    const only = scenes.length === 1 ? ` --only ${scenes[0]}` : "";
    console.log(`Once more, at commit ${commit}: npm run proof --${size} --seed ${seed}${only}`);
  }
  console.log(`proof: ${result.passed} passed, ${result.failed} failed`);
  return result;
}

/** Fifths of new seeds until the time is over or one finds something. */
async function soak(seed: number, forMs: number): Promise<boolean> {
  const end = performance.now() + forMs;
  for (let round = 0; performance.now() < end; round++) {
    const { failed } = await prove(FIFTH, seed + round, SCENES, " --fifth");
    if (failed > 0) return false;
  }
  return true;
}

/** `90m`, `2h`, `300s`. */
function milliseconds(text: string): number {
  const [, amount, unit] = text.match(/^(\d+)(s|m|h)$/) ?? [];
  const factor = { s: 1_000, m: 60_000, h: 3_600_000 }[unit ?? ""];
  if (!amount || !factor) throw new Error("--soak takes a time, as in 300s, 90m or 2h.");
  return Number(amount) * factor;
}

main(process.argv.slice(2)).then(
  (good) => process.exit(good ? 0 : 1),
  (error: unknown) => {
    console.error(error);
    process.exit(1);
  },
);
