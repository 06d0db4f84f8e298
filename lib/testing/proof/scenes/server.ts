import { eventually } from "@/lib/testing/eventually";
import { openArena } from "@/lib/testing/proof/arena";
import type { Stage } from "@/lib/testing/proof/stage";
import { judge, type Verdict } from "@/lib/testing/proof/verdict";

/** Of the server's deaths, so many in ten are the postmaster's; the others are a backend's, which ends all backends. */
const POSTMASTERS_IN_TEN = 3;

/**
 * Kills the database under writers and workers, again and again, each time when it has been at work since the last time.
 * The processes stay: they must find their way back by themselves.
 */
export async function killServer(stage: Stage, goal: { kills: number }): Promise<Verdict> {
  const { tally, programs, random: seed } = stage;
  const random = seed.fork("server");
  const arena = await openArena(stage.server().url, "proof_server", { folder: stage.folder, random });
  const start = (program: "worker" | "writer", name: string, build = "mended") =>
    programs.start(program, {
      PROOF_BUILD: build,
      DATABASE_URL: arena.url,
      PROOF_NAME: name,
      PROOF_SEED: String(random.whole(0, 2 ** 31)),
      PROOF_WRITER: name.split("-")[1] ?? "0",
      PROOF_LOOPS: "6",
      // Enough that every death falls into many appends; more would only keep the scene beside this one waiting.
      PROOF_PAUSE_MS: "150",
      PROOF_IMPORTS: "0",
      PROOF_JOURNAL: program === "writer" ? arena.journal(name) : "",
    });
  // The broken one sets events aside; what is left of them when it is gone is the other one's.
  const broken = start("worker", "worker-1", "broken");
  const workers = [start("worker", "worker-2")];
  const writers = [start("writer", "writer-21"), start("writer", "writer-22")];
  const position = async () => (await arena.store.highWater()).position;
  for (let kill = 0; kill < goal.kills; kill++) {
    const before = await eventually(position, { deadlineMs: 60_000, what: "the server to be back" });
    await eventually(async () => (await position()) > before + 20n, {
      deadlineMs: 60_000,
      what: "the store to be at work again",
    });
    await new Promise((resolve) => setTimeout(resolve, random.whole(0, 250)));
    const whole = random.whole(1, 10) <= POSTMASTERS_IN_TEN;
    await arena.forgive(async () => {
      if (whole) await killPostmaster(stage);
      else await killBackend(stage, arena.owner, random.next());
      await eventually(() => arena.owner.query("select 1"), { deadlineMs: 60_000, what: "the server to be back" });
    });
    tally.killed[whole ? "postmaster" : "backend"] += 1;
    stage.progress(`${kill + 1} of ${goal.kills} deaths of the server`);
  }
  for (const { child } of [...writers, broken]) child.send("stop");
  await Promise.all([...writers, broken].map(({ ended }) => ended));
  const verdict = await judge(arena);
  for (const { child } of workers) child.kill("SIGKILL");
  await Promise.all(workers.map(({ ended }) => ended));
  await arena.close();
  return verdict;
}

async function killPostmaster(stage: Stage): Promise<void> {
  const server = stage.server();
  process.kill(server.pid, "SIGKILL");
  await eventually(() => !server.alive(), { deadlineMs: 30_000, what: "the postmaster to be gone" });
  await stage.restart();
}

/** Any backend of the store; its death ends all others, and the server recovers as from a crash. */
async function killBackend(
  stage: Stage,
  owner: { readonly query: (sql: string) => Promise<{ rows: { pid: number }[] }> },
  draw: number,
): Promise<void> {
  const sql = `select pid from pg_stat_activity
                where datname = current_database() and pid <> pg_backend_pid() order by pid`;
  const kill = async () => {
    const { rows } = await owner.query(sql);
    const victim = rows[Math.floor(draw * rows.length)];
    if (!victim || !stage.server().alive()) throw new Error("There is no backend to kill.");
    // Throws when it has ended by itself meanwhile; then another one is taken.
    return process.kill(victim.pid, "SIGKILL");
  };
  await eventually(kill, { deadlineMs: 60_000, what: "a backend to be killed" });
}
