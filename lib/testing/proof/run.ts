import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { type EmbeddedPostgres, startPostgres } from "@/lib/embedded/postgres";
import { AUDIT_COUNT } from "@/lib/testing/proof/audit";
import { anomalies } from "@/lib/testing/proof/history/anomalies";
import { createRandom } from "@/lib/testing/proof/random";
import { cutCommits } from "@/lib/testing/proof/scenes/cuts";
import { killProcesses } from "@/lib/testing/proof/scenes/kills";
import { killServer } from "@/lib/testing/proof/scenes/server";
import type { Stage } from "@/lib/testing/proof/stage";
import { bundlePrograms } from "@/lib/testing/proof/start-process";
import { createTally, sum, type Tally } from "@/lib/testing/proof/tally";
import { deedNames, type Verdict } from "@/lib/testing/proof/verdict";

/** How much a proof is to do. */
export type Goal = { readonly kills: number; readonly events: number; readonly cuts: number };

/** What a proof did and found. */
export type ProofResult = {
  readonly goal: Goal;
  readonly seed: number;
  readonly commit: string;
  readonly machine: string;
  readonly startedAt: string;
  readonly seconds: number;
  readonly tally: Tally;
  readonly verdicts: readonly Verdict[];
  readonly findings: readonly string[];
  /** Checks that found nothing, and those that found something. */
  readonly passed: number;
  readonly failed: number;
};

/** The parts of a proof; one can be run alone to see a finding again. */
export const SCENES = ["kills", "server", "cuts"] as const;

/** The name of a part. */
export type Scene = (typeof SCENES)[number];

/** Of the kills, so many in ten are the server's own. */
const SERVER_IN_TEN = 2;
/** The share of the events that are appended beside kills of processes; the rest comes about in the other scenes. */
const BESIDE_KILLS = 0.8;

/** Runs the scenes, those without the proxy side by side, each on a server of its own with every safety on, and removes all of it again. */
export async function runProof(
  goal: Goal,
  seed: number,
  scenes: readonly Scene[],
  say: (line: string) => void,
): Promise<ProofResult> {
  const startedAt = new Date();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tidemark-proof-"));
  const programs = await bundlePrograms();
  const tally = createTally();
  const findings: string[] = [];
  const verdicts: Verdict[] = [];
  const serverKills = Math.round((goal.kills * SERVER_IN_TEN) / 10);
  const play: Readonly<Record<Scene, (stage: Stage) => Promise<readonly Verdict[]>>> = {
    kills: (stage) => killProcesses(stage, { kills: goal.kills - serverKills, events: goal.events * BESIDE_KILLS }),
    server: async (stage) => [await killServer(stage, { kills: serverKills })],
    cuts: async (stage) => [await cutCommits(stage, goal)],
  };
  const perform = async (scene: Scene): Promise<void> => {
    const owned = path.join(folder, scene);
    fs.mkdirSync(owned);
    let server = await start(owned);
    const restart = async () => {
      server = await start(owned);
    };
    const progress = createProgress((says) => say(`  ${scene}: ${says}`));
    const random = createRandom(seed).fork(scene);
    const stage: Stage = { server: () => server, restart, programs, random, tally, folder: owned, findings, progress };
    try {
      const judged = await play[scene](stage);
      verdicts.push(...judged);
      for (const verdict of judged) say(wordsOf(verdict));
    } catch (error) {
      findings.push(`scene ${scene} ended: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    } finally {
      await server.stop();
    }
  };
  try {
    // The proxy is in this process: beside the others it would be late all the time, and connections never come about.
    if (scenes.includes("cuts")) await perform("cuts");
    await Promise.all(scenes.filter((scene) => scene !== "cuts").map(perform));
  } finally {
    await programs.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
  findings.push(...programs.complaints.filter((complaint) => !findings.includes(complaint)));
  findings.push(...verdicts.flatMap((verdict) => verdict.findings), ...shortfalls(goal, scenes, tally, verdicts));
  return {
    goal,
    seed,
    commit: commitNow(),
    machine: machine(),
    startedAt: startedAt.toISOString(),
    seconds: Math.round((Date.now() - startedAt.getTime()) / 1_000),
    tally,
    verdicts,
    findings,
    passed: Math.max(0, verdicts.length * (AUDIT_COUNT + Object.keys(anomalies).length) + 4 - findings.length),
    failed: findings.length,
  };
}

function start(folder: string): Promise<EmbeddedPostgres> {
  return startPostgres({
    directory: path.join(folder, "server"),
    database: "postgres",
    projectRoot: process.cwd(),
    preferredPort: 0,
    // synchronous_commit and full_page_writes stay on. fsync makes no difference to a killed process, only to a power cut.
    settings: { max_connections: "400", shared_buffers: "128MB", fsync: "off", autovacuum_naptime: "15s" },
  });
}

/** A proof that did less than it was to do proves less than it says. */
function shortfalls(goal: Goal, scenes: readonly Scene[], tally: Tally, verdicts: readonly Verdict[]): string[] {
  const short: string[] = [];
  const check = (what: string, done: number, due: number) => {
    if (done < due) short.push(`only ${done} of ${due} ${what}`);
  };
  const whole = SCENES.every((scene) => scenes.includes(scene));
  if (whole) check("kills", sum(tally.killed), goal.kills);
  if (scenes.includes("cuts")) check("cut commits", sum(tally.cuts), goal.cuts);
  const events = verdicts.reduce((total, verdict) => total + verdict.events, 0);
  if (whole) check("events", events, goal.events);
  if (!scenes.includes("kills")) return short;
  if (tally.wrongClocks === 0) short.push("no process had a wrong clock");
  for (const deed of deedNames) {
    if (verdicts.every(({ deeds }) => deeds[deed] === 0)) short.push(`there were no ${deed}`);
  }
  for (const [label, hits] of tally.hits) if (hits === 0) short.push(`the step ${label} was never hit`);
  return short;
}

function wordsOf({ name, events, operations, unknown, deeds, findings }: Verdict): string {
  const done = deedNames.map((deed) => `${deeds[deed]} ${deed}`).join(", ");
  const found = findings.length === 0 ? "nothing found" : `${findings.length} FINDINGS`;
  return `  ${name}: ${events} events, ${operations} operations, ${unknown} appends of unknown outcome, ${done}: ${found}`;
}

/** Says how far it is at most every ten seconds. */
function createProgress(say: (line: string) => void): (says: string) => void {
  let said = performance.now();
  return (says) => {
    if (performance.now() - said < 10_000) return;
    said = performance.now();
    say(says);
  };
}

function commitNow(): string {
  try {
    const git = (...args: string[]) => execFileSync("git", args, { encoding: "utf8" }).trim();
    return git("rev-parse", "--short=12", "HEAD") + (git("status", "--porcelain") === "" ? "" : " with changes");
  } catch {
    return "unknown";
  }
}

function machine(): string {
  const cpus = os.cpus();
  const memory = Math.round(os.totalmem() / 2 ** 30);
  return `${cpus.length} × ${cpus[0]?.model.trim() ?? "unknown processor"}, ${memory} GiB, ${os.type()} ${os.arch()}, Node ${process.version}`;
}
